package provider

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// With managed and system the document has no token: it is a variable of the workspace, and empty after a stop.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	start := s.WorkspaceStart()
	stop := start.With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	const variable, token = "FACTORY_CUSTOM_MODELS_CODER", "FACTORY_CUSTOM_MODELS_CODER_TOKEN"
	const file, home = "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH", "$HOME/.factory/coder-managed.json"
	further := `"managed","gateway_only":true,"settings_path":"/opt/x.json","default_model":"m",` +
		`"managed_settings":"{\"hooks\":{},\"sessionDefaultSettings\":{\"autonomy\":\"low\"}}"`
	for _, c := range []struct {
		env      codertest.Environ
		delivery string
		want     map[string]string // what the environment has beside the document
		parts    []string
	}{
		{start, `"merge"`, map[string]string{}, []string{`"apiKey": "` + s.Token}},
		{start, `"managed"`, map[string]string{token: s.Token, file: home}, []string{`"printenv ` + token + `"`}},
		{stop, `"managed"`, map[string]string{token: "", file: home}, nil},
		{start, further, map[string]string{token: s.Token, file: "/opt/x.json"}, []string{
			`"hooks": {}`, `"autonomy": "low"`, `"model": "custom:coder/m"`, `"allowedBaseUrls"`, `"printenv ` + token + `"`,
		}},
		{start, `"system","gateway_only":true`, map[string]string{token: s.Token}, []string{`"allowedBaseUrls"`, "printenv"}},
		{stop, `"system"`, map[string]string{token: ""}, nil},
	} {
		config := `{"model":[{"model":"m","provider":"openai"}],"delivery":` + c.delivery + `}`
		state, diags := newInProcess(t, c.env).apply(t, "{}", config)
		require.Empty(t, said(diags), c.delivery)
		assert.NotEmpty(t, state.env[variable])
		delete(state.env, variable)
		assert.Equal(t, c.want, state.env, c.delivery)
		for _, part := range c.parts {
			assert.Contains(t, state.text["settings_json"], part, c.delivery)
		}
		if c.delivery != `"merge"` {
			assert.NotContains(t, state.text["settings_json"], s.Token)
		}
		assert.NotContains(t, state.text["script"], s.Token)
	}
}
