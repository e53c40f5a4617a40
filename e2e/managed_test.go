package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// filesWith lists the files below a folder that hold a text.
func filesWith(t *testing.T, folder, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // what is gone by now holds nothing
		}
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), text) {
			found = append(found, path)
		}
		return nil
	}))
	return found
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := readFile(file)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(text), "\n")
}

const managed = "  delivery = \"managed\"\n"

// With a managed file the token is in the environment alone: not in a file below the home, whatever Droid does. The
// person's own file is as it was.
func TestManaged(t *testing.T) {
	t.Parallel()
	for _, release := range droids {
		t.Run(release.version, func(t *testing.T) {
			t.Parallel()
			c := newDroid(t, release)
			d := newDeployment(t, setup{})
			user, _ := d.newUser(t)
			seen := filepath.Join(t.TempDir(), "environment")
			template := d.template(t, showingEnvironment(templateWith(centralForms+claudeIsDefault+managed, ""), seen))
			w, first := d.workspace(t, user, template)
			first.succeeded(t)
			c.home = w.home
			const own = `{
  // mine
  "cloudSessionSync": false,
  "customModels": [
    {"model": "q", "id": "custom:q", "baseUrl": "http://127.0.0.1:9/v1", "apiKey": "k", "provider": "openai"}
  ]
}
`
			w.setSettings(t, own)
			stop := w.boot(t, first, ready, "factory: ~/.factory/coder-managed.json: written, models: 3")
			stop()
			assert.Equal(t, own, w.settings(t))
			file := filepath.Join(w.home, ".factory", "coder-managed.json")
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			c.env = lines(t, seen)
			assert.Contains(t, c.env, "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH="+file, "the agent knows the home")
			token := w.token(t, c.env)
			require.NotEmpty(t, token)

			managedFile, err := readFile(file)
			require.NoError(t, err)
			models := entries(t, managedFile)
			require.Len(t, models, 3)
			help := c.run(t, "exec", "--help")
			assert.Contains(t, help, "custom:q", "the user's own model is there beside ours")
			for _, e := range models {
				assert.Contains(t, help, e.ID)
				d.completes(t, c, e)
			}
			assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the default model")
			d.saw(t, models[0])
			c.rewrite(t)
			running := c.session(t)
			running.ask(t, d, models[0])
			running.stop()
			assert.Empty(t, filesWith(t, w.home, token), "no file below the home holds the token")

			w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			stop = w.boot(t, w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t), ready)
			stop()
			c.env = lines(t, seen)
			assert.NotEqual(t, token, w.token(t, c.env), "each start brings a new token")
			_ = append(d.anthropic.calls(), d.openai.calls()...) // of the session
			assert.Contains(t, c.run(t, "exec", "-m", models[1].ID, "say pong"), "pong")
			d.saw(t, models[1])
		})
	}
}

// token is the value of the variable from which Droid gets it.
func (w *workspace) token(t *testing.T, environment []string) string {
	t.Helper()
	for _, line := range environment {
		if value, found := strings.CutPrefix(line, "FACTORY_CUSTOM_MODELS_CODER_TOKEN="); found {
			return value
		}
	}
	t.Fatal("no token in the environment")
	return ""
}

// A template changes its delivery. What the earlier one left behind is in nobody's way.
func TestDeliveryChanges(t *testing.T) {
	t.Parallel()
	droid := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	inUsersFile := showingEnvironment(templateWith(centralForms, ""), seen)
	inManagedFile := showingEnvironment(templateWith(centralForms+managed, ""), seen)
	template := d.template(t, inUsersFile)
	w, b := d.workspace(t, user, template)
	b.succeeded(t)
	w.boot(t, b, ready)()
	before := w.settings(t)
	assert.Len(t, entries(t, before), 3)
	for _, step := range []struct {
		text   string
		says   string
		merged bool
	}{
		{inManagedFile, "coder-managed.json: written, models: 3", false},
		{inUsersFile, "models: 3 updated", true},
	} {
		version := d.push(t, template.ID, step.text)
		w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
		b = w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t)
		w.boot(t, b, ready, step.says)()
		assert.Equal(t, !step.merged, before == w.settings(t),
			"the user's own file stays as it is, unless it is the delivery's")
		c := client{binary: droid.binary, home: w.home, env: lines(t, seen)}
		assert.Contains(t, c.run(t, "exec", "-m", "custom:coder/gpt", "say pong"), "pong", "Droid has the new token")
		assert.NotEmpty(t, d.openai.calls())
	}
}

// The variables come by coder_env as well, and the agent puts the home into them there too.
func TestManagedByCoderEnv(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	template := strings.Replace(showingEnvironment(templateWith(centralForms+managed, ""), seen),
		"  env            = factory_custom_models.droid.env\n", "", 1) + `
resource "coder_env" "models" {
  for_each = data.coder_workspace.me.start_count == 0 ? [] : toset(nonsensitive(keys(factory_custom_models.droid.env)))
  agent_id = coder_agent.main[0].id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}
`
	w, b := d.workspace(t, user, d.template(t, template))
	b.succeeded(t)
	w.boot(t, b, ready, "coder-managed.json: written, models: 3")
	assert.Contains(t, lines(t, seen),
		"FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH="+filepath.Join(w.home, ".factory", "coder-managed.json"))
}

// With gateway_only Droid blocks a model of the user's own.
func TestGatewayOnly(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	template := showingEnvironment(templateWith(centralForms+managed+"  gateway_only = true\n", ""), seen)
	w, first := d.workspace(t, user, d.template(t, template))
	first.succeeded(t)
	c.home = w.home
	w.setSettings(t, `{"cloudSessionSync": false, "customModels": [{"model": "q", "id": "custom:q", "baseUrl": "`+
		d.openai.URL+`/v1", "apiKey": "k", "provider": "openai"}]}`)
	stop := w.boot(t, first, ready)
	stop()
	c.env = lines(t, seen)
	assert.Contains(t, c.run(t, "exec", "-m", "custom:coder/gpt", "say pong"), "pong")
	d.openai.calls()
	out := c.fails(t, "exec", "-m", "custom:q", "say pong")
	assert.Empty(t, d.openai.calls(), out)
}
