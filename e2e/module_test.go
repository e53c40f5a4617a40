package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withModule is a template with the module, which has these lines. The module's folder lies beside it.
func withModule(lines string) string {
	return required + `
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

const templateModels = `  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic" },
    { model = "gpt-5.2-codex", provider = "openai" },
  ]
`

// The module brings its models to a real agent in each delivery, at two starts, and the dashboard shows no card. With
// count it does the same, except that Coder can't hide what is in such a module. TestModuleFirewall has it without.
func TestModule(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{shared: true})
	d.offerUsual(t)
	for _, c := range []struct{ name, lines, file string }{
		{"count", "  count = data.coder_workspace.me.start_count", "settings.json"},
		{"managed", "  delivery    = \"managed\"\n  token_scope = \"gateway\"", "coder-managed.json"},
		{"system", "  delivery = \"system\"\n" + templateModels, "/etc/factory/settings.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			user, _ := d.newUser(t)
			w, b := d.workspace(t, user, d.template(t, withModule(c.lines), "../modules/droid"))
			b.succeeded(t)
			file, shown := filepath.Join(w.home, ".factory", c.file), "~/.factory/"+c.file
			if filepath.IsAbs(c.file) {
				w.etc = newPrivateEtc(t, false)
				file, shown = filepath.Join(w.etc.upper, strings.TrimPrefix(c.file, "/etc")), c.file
			}
			for start := range 2 {
				if start > 0 {
					b = w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
				}
				w.boot(t, b, ready, "factory: "+shown)()
				assert.Equal(t, []string{"custom:coder/claude-sonnet-4-5-20250929", "custom:coder/gpt-5.2-codex"},
					idsOf(entries(t, readFile(t, file))))
			}
			workspace, err := user.Workspace(t.Context(), w.id)
			require.NoError(t, err)
			for _, r := range workspace.LatestBuild.Resources {
				if r.Type == "factory_custom_models" {
					assert.Equal(t, c.name != "count", r.Hide)
					assert.Empty(t, r.Metadata)
				}
			}
			assert.Len(t, w.agent(t, false).Apps, 1, "the button")
		})
	}
}

// A session under Coder's own Agent Firewall reaches the gateway with the rule that the module's README calls enough.
func TestModuleFirewall(t *testing.T) {
	t.Parallel()
	firewall := filepath.Join(t.TempDir(), "boundary")
	out, err := exec.Command("go", "build", "-o", firewall, "github.com/coder/boundary/cmd/boundary").CombinedOutput()
	require.NoError(t, err, string(out))
	port, err := freePort()
	require.NoError(t, err)
	wrapper := firewall + " --proxy-port " + port +
		" --jail-type landjail --disable-audit-logs --allow domain=127.0.0.1 --"
	if out, err := exec.Command("sh", "-c", "HOME="+t.TempDir()+" "+wrapper+" true").CombinedOutput(); err != nil {
		t.Skipf("Landlock is not to be had here, or too old: %v\n%s", err, out)
	}
	droid := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	w, b := d.workspace(t, user, d.template(t, withModule(templateModels+
		"  resume_session  = false\n  session_wrapper = \""+wrapper+"\""), "../modules/droid"))
	w.boot(t, b.succeeded(t), ready)()
	model := entries(t, w.settings(t))[0]

	// The interactive Droid would ask for a login.
	program := filepath.Join(w.home, ".local", "bin", "droid")
	text := "#!/bin/sh\nexec " + droid.binary + " exec -m " + model.ID + " 'say pong'\n"
	require.NoError(t, os.WriteFile(program, []byte(text), 0o700))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	session := exec.CommandContext(ctx, filepath.Join(w.home, ".local", "bin", "droid-session"))
	session.Env = []string{"HOME=" + w.home, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
	out, err = session.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "pong")
	assert.Contains(t, string(out), "msg=DENY", "what Droid asks Factory for")
	d.saw(t, model)
}
