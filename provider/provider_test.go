package provider

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const oneModelJSON = `{"model":[{"model":"claude","provider":"anthropic"}]}`

// entriesOf are the entries of a settings document.
func entriesOf(t *testing.T, document string) (entries []struct{ ID, BaseURL, APIKey string }) {
	t.Helper()
	var doc struct {
		CustomModels []struct{ ID, BaseURL, APIKey string }
	}
	require.NoError(t, json.Unmarshal([]byte(document), &doc))
	return doc.CustomModels
}

// What is wrong with the deployment fails the build under "require", warns under "warn", and is not looked at under
// "skip".
func TestVerification(t *testing.T) {
	t.Parallel()
	for block, severity := range map[string]string{
		`{"verification":"warn"}`:    "WARNING",
		`{"verification":"require"}`: "ERROR",
		`{"verification":"skip"}`:    "",
	} {
		s := codertest.New(t)
		env := s.WorkspaceStart()
		s.Token = "another"
		state, diags := newInProcess(t, env).apply(t, block, oneModelJSON)
		if severity == "" {
			assert.Empty(t, said(diags))
			assert.Empty(t, s.Requests())
		} else {
			assert.Contains(t, said(diags), severity+": Session Token Refused")
		}
		if severity == "ERROR" {
			assert.Nil(t, state)
		} else {
			assert.Equal(t, "owner-session-token", entriesOf(t, state.text["settings_json"])[0].APIKey)
		}
	}
}

// Models outside the gateway need no deployment.
func TestOutsideTheGateway(t *testing.T) {
	t.Parallel()
	outside := `{"model":[{"model":"m","provider":"openai","base_url":"http://127.0.0.1:1/v1"}]}`
	state, diags := newInProcess(t, nil).apply(t, "{}", outside)
	require.Empty(t, said(diags))
	assert.Equal(t, "custom:coder/m", entriesOf(t, state.text["settings_json"])[0].ID)
}
