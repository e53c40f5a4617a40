package provider

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// What the guide on upgrading claims, done with Terraform itself.

const oneDroid = `
resource "factory_custom_models" "droid" {
MODELS
}
output "script" {
  value = factory_custom_models.droid.script
}
output "env" {
  value     = factory_custom_models.droid.env
  sensitive = true
}
`

const oneModelBlock = "  model {\n    model    = \"gpt-5.2-codex\"\n    provider = \"openai\"\n  }"

func withModels(blocks string) string { return strings.Replace(oneDroid, "MODELS", blocks, 1) }

// template replaces the template and applies it as a workspace start does.
func (c cli) template(t *testing.T, s *codertest.Server, text string) {
	t.Helper()
	write(t, filepath.Join(c.dir, "droid.tf"), text)
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
}

// startup runs what the template delivers to a workspace with that home.
func (c cli) startup(t *testing.T, home string) {
	t.Helper()
	var outputs struct {
		Script struct{ Value string }
		Env    struct{ Value map[string]string }
	}
	require.NoError(t, json.Unmarshal([]byte(c.run(t, codertest.Environ{}, "output", "-json")), &outputs))
	cmd := exec.Command("sh", "-c", outputs.Script.Value)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	for name, value := range outputs.Env.Value {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// No model, a start of each workspace, and only then the removal: nothing of ours stays, and everything of the user's.
func TestTakenOut(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, "")
	home := t.TempDir()
	settings := filepath.Join(home, ".factory", "settings.json")
	const users = "{\n  // mine\n  \"theme\": \"dark\"\n}\n"
	write(t, settings, users)

	c.template(t, s, withModels(oneModelBlock))
	c.startup(t, home)
	require.Contains(t, read(t, settings), "custom:coder/")
	c.template(t, s, withModels(""))
	c.startup(t, home)
	left := read(t, settings)
	assert.NotContains(t, left, "custom:coder/")
	assert.Contains(t, left, "// mine\n  \"theme\": \"dark\"")
	c.template(t, s, "")
	assert.Equal(t, left, read(t, settings))
}

// A state that a later release wrote can be read: what this one does not know is left out. Only a new version of the schema
// keeps a provider from going back.
func TestDowngraded(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, "")
	c.template(t, s, withModels(oneModelBlock))
	file := filepath.Join(c.dir, "terraform.tfstate")
	state := read(t, file)

	later := strings.Replace(state, `"attributes": {`, `"attributes": {
            "attribute_of_a_later_release": "x",`, 1)
	later = regexp.MustCompile(`"base_url": null,`).ReplaceAllString(later, `"base_url": null, "field_of_a_later_release": [1],`)
	require.Contains(t, later, "field_of_a_later_release")
	write(t, file, later)
	outside := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	assert.Contains(t, c.run(t, outside, "plan", "-no-color"), "Plan: 0 to add, 1 to change, 0 to destroy.")

	write(t, file, strings.Replace(state, `"schema_version": 0`, `"schema_version": 1`, 1))
	out, err := c.try(s.WorkspaceStart(), "plan", "-no-color")
	require.Error(t, err)
	assert.Contains(t, out, "newer provider version")
}

var ourSource = regexp.MustCompile(`(?s)source\s*=\s*"coder/factory"(,?\s*version\s*=\s*"([^"]*)")?`)

// Every example and every page that names the provider's source pins the release that this code will be.
func TestVersionIsPinned(t *testing.T) {
	t.Parallel()
	makefile := regexp.MustCompile(`(?m)^VERSION +\?= (\S+)$`).FindStringSubmatch(read(t, "../GNUmakefile"))
	require.NotNil(t, makefile)
	files := []string{"../README.md"}
	for _, folder := range []string{"../examples", "../templates", "../docs"} {
		require.NoError(t, filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, file)
			}
			return err
		}))
	}
	pinned := 0
	for _, file := range files {
		for _, found := range ourSource.FindAllStringSubmatch(read(t, file), -1) {
			pinned++
			assert.Equal(t, makefile[1], found[2], "%s: version = %q belongs below the source", file, makefile[1])
		}
	}
	assert.GreaterOrEqual(t, pinned, 10)
}
