package provider

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// tokenIn asserts that all of the state has the one token that lives, and nothing of the session token.
func tokenIn(t *testing.T, s *codertest.Server) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		text, err := json.Marshal(state)
		require.NoError(t, err)
		require.Len(t, s.Tokens(), 1)
		token := s.Tokens()[0].Secret
		for name, r := range state.RootModule().Resources {
			assert.Contains(t, r.Primary.Attributes["settings_json"], token, name)
		}
		if strings.Contains(string(text), s.Token) {
			assert.Fail(t, "the session token is in the state")
		}
		return nil
	}
}

// Each start makes one token for all resources, in place of the previous one. Nothing of the session token comes out. A
// start for which the session token is wanted again deletes it.
func TestTokenScopeInStarts(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	build := func(n string) codertest.Environ {
		return s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", n+"c0ffee0-7a0c-4f0e-a1f0-6a5d6b9e2b11")
	}
	stop := build("3").With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	const scope = "token_scope = \"gateway\"\n token_lifetime = \"24h\""
	second := "api_key = \"sk-personal\""
	config := one("droid", "claude", "anthropic", scope) +
		strings.Replace(one("second", "gpt", "openai", scope+"\n namespace = \"second\""), "  }\n", "    "+second+"\n  }\n",
			1)
	session := strings.ReplaceAll(config, scope, "")
	step := func(env codertest.Environ, config string, check resource.TestCheckFunc) resource.TestStep {
		return in(env, resource.TestStep{Config: config, Check: check, ExpectNonEmptyPlan: true})
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(build("1"), config, tokenIn(t, s)),
		step(build("2"), config, tokenIn(t, s)),
		in(stop, resource.TestStep{Config: config, ConfigStateChecks: rendered(s.Token, false), ExpectNonEmptyPlan: true}),
		step(build("4"), session, func(*terraform.State) error {
			assert.Empty(t, s.Tokens(), "nothing needs it any more")
			return nil
		}),
	}})
}

// The session token never takes the place of a token that can't be made, or that only a workspace build makes.
func TestTokenScopeWithoutAToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v2/users/me/keys/tokens" || r.Method != http.MethodPost {
			return false
		}
		codertest.Answer(w, http.StatusForbidden, codersdk.Response{Message: "Forbidden."})
		return true
	}
	config := strings.TrimSuffix(oneModelJSON, "}") + `,"token_scope":"gateway"`
	outside := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	for _, delivery := range []string{"merge", "managed", "system"} {
		config := config + `,"delivery":"` + delivery + `"}`
		state, diags := newInProcess(t, s.WorkspaceStart()).apply(t, `{"verification":"require"}`, config)
		assert.Nil(t, state)
		assert.Contains(t, said(diags), "ERROR: Gateway Token Not Made")
		for _, env := range []codertest.Environ{s.WorkspaceStart(), outside} {
			state, diags = newInProcess(t, env).apply(t, `{}`, config)
			assert.Contains(t, said(diags), "WARNING: ")
			require.NotNil(t, state, said(diags))
			assert.Len(t, entriesOf(t, state.text["settings_json"]), 1, "the model, without a key")
			assert.NotContains(t, state.text["settings_json"], s.Token)
		}
	}
	_, diags := newInProcess(t, s.WorkspaceStart()).plan(t, `{"verification":"skip"}`, config+"}")
	assert.Contains(t, said(diags), "ERROR: Gateway Token Needs the Deployment")
}
