package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module are the files of the module, in a folder of a template.
func module(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	root := os.DirFS(filepath.Join("..", "modules", "droid"))
	require.NoError(t, fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasPrefix(path, "tests/") {
			text, err := fs.ReadFile(root, path)
			require.NoError(t, err)
			files[folder+"/"+path] = string(text)
		}
		return err
	}))
	return files
}

func withModule(lines string) string {
	return `
terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}

data "coder_workspace" "me" {}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

module "droid" {
  source        = "./droid"
  agent_id      = coder_agent.main.id
  install_droid = false
` + lines + `
}

resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
  input = coder_agent.main.id
}
`
}

// The module brings its models to a real agent in each of its modes, and its card in the dashboard holds no secret.
func TestModule(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	d.offerUsual(t)
	for _, c := range []struct{ name, lines, file string }{
		{"the deployment's own list", "", "settings.json"},
		{"models of the template", "models = [{ model = \"claude-sonnet-4-5-20250929\", provider = \"anthropic\" }, " +
			"{ model = \"gpt-5.2-codex\", provider = \"openai\" }]", "settings.json"},
		{"managed, with a token for the gateway", "delivery    = \"managed\"\n  token_scope = \"gateway\"",
			"coder-managed.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			user, _ := d.newUser(t)
			w, b := d.workspace(t, user, d.template(t, withModule("  "+c.lines), module(t, "droid")))
			b.succeeded(t)
			w.boot(t, b, ready, "factory: ~/.factory/"+c.file)
			text, err := readFile(filepath.Join(w.home, ".factory", c.file))
			require.NoError(t, err)
			assert.Equal(t, []string{"custom:coder/claude-sonnet-4-5-20250929", "custom:coder/gpt-5.2-codex"},
				idsOf(entries(t, text)))

			workspace, err := user.Workspace(t.Context(), w.id)
			require.NoError(t, err)
			shown := map[string]string{}
			for _, r := range workspace.LatestBuild.Resources {
				for _, m := range r.Metadata {
					if r.Type == "factory_custom_models" {
						shown[m.Key] = m.Value
					}
				}
			}
			require.NotEmpty(t, shown, "the card")
			for key, value := range shown {
				assert.False(t, holds(value, d.admin.SessionToken()), key)
				assert.Less(t, len(value), 200, key)
			}
		})
	}
}
