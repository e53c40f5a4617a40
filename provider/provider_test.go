package provider

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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

// What is missing or unusable, in the provider block or in the environment, is refused at plan. The message shows no
// header and no address, which may have a password, and has no path to one.
func TestProviderRefused(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct {
		block string
		env   codertest.Environ
		want  string
	}{
		{`{}`, codertest.Environ{"CODER_URL": s.URL}, "Missing Session Token"},
		{`{}`, codertest.Environ{"CODER_SESSION_TOKEN": "t"}, "Missing Access URL"},
		{
			`{}`, codertest.Environ{"CODER_URL": "coder.example.com"},
			"The environment variable CODER_URL is not usable as access_url: it must begin with https:// or http://.",
		},
		{`{"access_url":"https://ada:sk-literal@h"}`, nil, "access_url must not hold a user name or password."},
		{`{"gateway_url":"https://ada:sk-literal@h"}`, nil, "gateway_url must not hold a user name or password."},
		{`{"session_token":"sk-literal\n"}`, nil, "session_token must be printable ASCII"},
		{`{"headers":{"sk-literal key":"x"}}`, nil, "A name in headers must be an HTTP header's name"},
		{`{"headers":{"X-A":"sk-literal\n"}}`, nil, `headers["X-A"] must be printable ASCII`},
		{`{"verification":"` + strings.Repeat("x", 9e4) + `"}`, nil, `verification must be "require", "warn" or "skip".`},
	} {
		_, diags := newInProcess(t, c.env).plan(t, c.block, oneModelJSON)
		require.Len(t, diags, 1, said(diags))
		assert.Equal(t, tfprotov6.DiagnosticSeverityError, diags[0].Severity)
		assert.Contains(t, said(diags), c.want)
		assert.NotContains(t, said(diags), "sk-literal")
		assert.Nil(t, diags[0].Attribute, c.want)
	}
	outside := `{"model":[{"model":"m","provider":"openai","base_url":"http://127.0.0.1:1/v1"}]}`
	state, diags := newInProcess(t, nil).apply(t, "{}", outside)
	require.Empty(t, said(diags), "nothing is needed outside the gateway")
	assert.Equal(t, "custom:coder/m", entriesOf(t, state.text["settings_json"])[0].ID)
}
