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

// managedForms is a template whose models are delivered in a managed file. The agent's own environment is written where the test finds
// it, because Droid has to run with what the agent made of it.
func managedForms(models, lines, seen string) string {
	template := strings.Replace(withModels(models, ""), "  models = [", lines+"\n  models = [", 1)
	return strings.Replace(template, "startup_script = factory_custom_models.droid.script",
		"startup_script = \"${factory_custom_models.droid.script}\\nenv | grep FACTORY_ > "+seen+"\\n\"", 1)
}

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

// With a managed file the token is in the environment alone: not in a file below the home, whatever Droid does. The person's own file
// is as it was.
func TestManaged(t *testing.T) {
	t.Parallel()
	for _, release := range droids {
		t.Run(release.version, func(t *testing.T) {
			t.Parallel()
			c := newDroid(t, release)
			d := newDeployment(t, setup{})
			user, _ := d.newUser(t)
			seen := filepath.Join(t.TempDir(), "environment")
			template := d.template(t, managedForms(centralForms, "  delivery = \"managed\"\n  default_model = \"claude\"", seen))
			w, first := d.workspace(t, user, template)
			first.succeeded(t)
			c.home = w.home
			const own = "{\n  // mine\n  \"cloudSessionSync\": false,\n  \"customModels\": [{\"model\": \"q\", \"id\": \"custom:q\", \"baseUrl\": \"http://127.0.0.1:9/v1\", \"apiKey\": \"k\", \"provider\": \"openai\"}]\n}\n"
			w.setSettings(t, own)
			output, stop := w.boot(t, first, codersdk.WorkspaceAgentLifecycleReady)
			stop()
			assert.Contains(t, output, "factory: ~/.factory/coder-managed.json: written, models: 3")
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
			assert.Contains(t, help, "custom:q", "the person's own model is there beside ours")
			for _, e := range models {
				assert.Contains(t, help, e.ID)
				assert.Contains(t, c.run(t, "exec", "-m", e.ID, "say pong"), "pong", e.ID)
				d.saw(t, e)
			}
			assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the default model")
			d.saw(t, models[0])
			c.rewrite(t)
			running := c.session(t)
			running.ask(t, d, models[0])
			running.stop()
			assert.Empty(t, filesWith(t, w.home, token), "no file below the home holds the token")

			w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			_, stop = w.boot(t, w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t), codersdk.WorkspaceAgentLifecycleReady)
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

// A template changes its delivery, and nothing of ours stays behind on either side.
func TestDeliveryChanges(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	merged, managed := managedForms(centralForms, "  delivery = \"merge\"", seen), managedForms(centralForms, "  delivery = \"managed\"", seen)
	template := d.template(t, merged)
	w, b := d.workspace(t, user, template)
	b.succeeded(t)
	file := filepath.Join(w.home, ".factory", "coder-managed.json")
	_, stop := w.boot(t, b, codersdk.WorkspaceAgentLifecycleReady)
	stop()
	assert.Len(t, entries(t, w.settings(t)), 3)
	for _, step := range []struct {
		text             string
		inOwn, inManaged int
	}{{managed, 0, 3}, {merged, 3, -1}} {
		version := d.push(t, template.ID, step.text)
		w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
		b = w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t)
		_, stop := w.boot(t, b, codersdk.WorkspaceAgentLifecycleReady)
		stop()
		assert.Len(t, entries(t, w.settings(t)), step.inOwn)
		text, err := readFile(file)
		if step.inManaged < 0 {
			require.ErrorIs(t, err, os.ErrNotExist, "the managed file is gone")
			continue
		}
		require.NoError(t, err)
		assert.Len(t, entries(t, text), step.inManaged)
	}
}

// The variables come by coder_env as well, and the agent puts the home into them there too.
func TestManagedByCoderEnv(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	template := strings.Replace(managedForms(centralForms, "  delivery = \"managed\"", seen), "  env            = factory_custom_models.droid.env\n", "", 1) + `
resource "coder_env" "models" {
  for_each = data.coder_workspace.me.start_count == 0 ? [] : toset(nonsensitive(keys(factory_custom_models.droid.env)))
  agent_id = coder_agent.main[0].id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}
`
	w, b := d.workspace(t, user, d.template(t, template))
	b.succeeded(t)
	output, _ := w.boot(t, b, codersdk.WorkspaceAgentLifecycleReady)
	assert.Contains(t, output, "coder-managed.json: written, models: 3")
	assert.Contains(t, lines(t, seen), "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH="+filepath.Join(w.home, ".factory", "coder-managed.json"))
}

// With gateway_only Droid blocks a model of the person's own.
func TestGatewayOnly(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	w, first := d.workspace(t, user, d.template(t, managedForms(centralForms, "  delivery = \"managed\"\n  gateway_only = true", seen)))
	first.succeeded(t)
	c.home = w.home
	w.setSettings(t, `{"cloudSessionSync": false, "customModels": [{"model": "q", "id": "custom:q", "baseUrl": "`+
		d.openai.URL+`/v1", "apiKey": "k", "provider": "openai"}]}`)
	_, stop := w.boot(t, first, codersdk.WorkspaceAgentLifecycleReady)
	stop()
	c.env = lines(t, seen)
	assert.Contains(t, c.run(t, "exec", "-m", "custom:coder/gpt", "say pong"), "pong")
	d.openai.calls()
	out := c.fails(t, "exec", "-m", "custom:q", "say pong")
	assert.Empty(t, d.openai.calls(), out)
}
