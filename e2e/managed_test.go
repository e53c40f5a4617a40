package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// below is the text of all files below a folder.
func below(t *testing.T, folder string) (text string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			content, _ := os.ReadFile(path) // what is gone by now holds nothing
			text += string(content)
		}
		return nil
	}))
	return text
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(readFile(t, file)), "\n")
}

const managed = "  delivery = \"managed\"\n"

// With a managed file the token is in the environment alone: not in a file below the home, whatever Droid does. The
// user's own file is as it was. Then the template changes its delivery, twice. What the earlier one left behind is in
// nobody's way. The last time the variables come by coder_env, and gateway_only makes Droid block the user's own model.
func TestManaged(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	with := func(lines string) string {
		return showingEnvironment(templateWith(centralForms+claudeIsDefault+lines, ""), seen)
	}
	template := d.template(t, with(managed))
	w, first := d.workspace(t, user, template)
	c.home = w.home
	own := `{
  // mine
  "cloudSessionSync": false,
  "customModels": [
    {"model": "q", "id": "custom:q", "baseUrl": "` + d.openai.URL + `/v1", "apiKey": "k", "provider": "openai"}
  ]
}
`
	w.setSettings(t, own)
	w.boot(t, first.succeeded(t), ready, "factory: ~/.factory/coder-managed.json: written, models: 3")()
	assert.Equal(t, own, w.settings(t))
	file := filepath.Join(w.home, ".factory", "coder-managed.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	c.env = lines(t, seen)
	variable := "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH=" + file
	assert.Contains(t, c.env, variable, "the agent knows the home")
	token := w.token(t, c.env)
	require.NotEmpty(t, token)

	models := entries(t, readFile(t, file))
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
	assert.False(t, holds(below(t, w.home), token), "a file below the home holds the token")

	restricted := strings.Replace(with(managed+"  gateway_only = true\n"),
		"  env            = factory_custom_models.droid.env\n", "", 1) + `
resource "coder_env" "models" {
  for_each = data.coder_workspace.me.start_count == 0 ? [] : toset(nonsensitive(keys(factory_custom_models.droid.env)))
  agent_id = coder_agent.main[0].id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}
`
	for _, step := range []struct {
		text, says string
		managed    bool
	}{
		{with(""), "settings.json: models: 3 added", false},
		{restricted, "coder-managed.json: written, models: 3", true},
	} {
		version, before := d.push(t, template.ID, step.text), w.settings(t)
		w.boot(t, w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t), ready, step.says)()
		assert.Equal(t, step.managed, before == w.settings(t), "the user's file changes if it is the delivery's")
		c.env = lines(t, seen)
		assert.Equal(t, step.managed, slices.Contains(c.env, variable))
		assert.NotContains(t, c.env, "FACTORY_CUSTOM_MODELS_CODER_TOKEN="+token, "each start brings a new token")
		d.completes(t, c, models[1])
	}
	assert.Empty(t, append(d.anthropic.calls(), d.openai.calls()...))
	out, err := c.try(t, "exec", "-m", "custom:q", "say pong")
	require.Error(t, err)
	assert.Empty(t, d.openai.calls(), out)
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
