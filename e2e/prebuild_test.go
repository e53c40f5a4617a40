package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const prebuilt = `
data "coder_workspace_preset" "standard" {
  name = "standard"
  prebuilds {
    instances = 1
  }
}
`

// A prebuild holds nothing of the user that Coder builds it as; the claimer's token is there after the claim.
func TestPrebuildAndClaim(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{prebuilds: true})
	user, _ := d.newUser(t)
	forms, number := allForms()
	w, b := d.claim(t, user, d.template(t, templateWith(forms+claudeIsDefault, "")+prebuilt))
	log := unwrapped(b.log)
	assert.Contains(t, log, "factory_custom_models.droid: Plan to update")
	assert.NotContains(t, log, "factory_custom_models.droid: Plan to replace")
	models := w.claimed(t)
	require.Len(t, models, number)
	for _, e := range models {
		e.works(t)
	}
}

// claimed are the models that the agent brings when it has started over and run the script again.
func (w *workspace) claimed(t *testing.T) []entry {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat(w.settingsPath())
		return err == nil
	}, patience, 200*time.Millisecond)
	return entries(t, w.settings(t))
}

// claim has a prebuild made, which holds nothing, and claimed by a user.
func (d *deployment) claim(t *testing.T, user *codersdk.Client, template codersdk.Template) (*workspace, build) {
	t.Helper()
	var w *workspace
	require.Eventually(t, func() bool { // the reconciler makes it on its own time
		found, err := d.admin.Workspaces(t.Context(), codersdk.WorkspaceFilter{Owner: "prebuilds", Template: template.Name})
		require.NoError(t, err)
		if len(found.Workspaces) > 0 {
			w = &workspace{id: found.Workspaces[0].ID, user: d.admin, admin: d.admin, home: t.TempDir()}
		}
		return w != nil
	}, patience, 200*time.Millisecond, "a prebuild")
	ws, err := d.admin.Workspace(t.Context(), w.id)
	require.NoError(t, err)
	made := w.wait(t, ws.LatestBuild.ID).succeeded(t)
	assert.Contains(t, made.ours(t), `\"customModels\": []`, "nothing of the prebuilds user")
	w.boot(t, made, ready, "factory: ~/.factory/settings.json: no models, nothing to do")
	assert.NoFileExists(t, w.settingsPath())
	all, err := d.admin.Tokens(t.Context(), codersdk.Me, codersdk.TokensFilter{IncludeAll: true})
	require.NoError(t, err)
	assert.Empty(t, all, "a prebuild makes none")

	presets, err := d.admin.TemplateVersionPresets(t.Context(), template.ActiveVersionID)
	require.NoError(t, err)
	require.Len(t, presets, 1)
	claimed, err := user.CreateUserWorkspace(t.Context(), codersdk.Me, codersdk.CreateWorkspaceRequest{
		TemplateVersionID: template.ActiveVersionID, Name: "claimed", TemplateVersionPresetID: presets[0].ID,
	})
	require.NoError(t, err)
	require.Equal(t, w.id, claimed.ID, "the prebuild was claimed")
	w.user = user
	return w, w.wait(t, claimed.LatestBuild.ID).succeeded(t)
}
