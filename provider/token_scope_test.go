package provider

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const ownToken = `
provider "factory" {
  token_scope = "gateway"
}
`

const byokModel = `
resource "factory_custom_models" "second" {
  models    = [{ model = "gpt", provider = "openai", api_key = "sk-personal" }]
  namespace = "second"
}
`

// tokenIn asserts that all of the state has the one token that was made, and nothing of the session token.
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

// Each start makes one token for all resources, in place of the one before. Nothing of the session token comes out.
func TestTokenScopeInAStart(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	first := s.WorkspaceStart()
	second := first.With("CODER_WORKSPACE_BUILD_ID", "c0ffee00-7a0c-4f0e-a1f0-6a5d6b9e2b11")
	stop := first.With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(first, resource.TestStep{Config: ownToken + oneModel + byokModel, Check: tokenIn(t, s), ExpectNonEmptyPlan: true}),
		in(second, resource.TestStep{Config: ownToken + oneModel + byokModel, Check: tokenIn(t, s), ConfigPlanChecks: updateInPlace(), ExpectNonEmptyPlan: true}),
		in(stop, resource.TestStep{Config: ownToken + oneModel, ConfigStateChecks: rendered(s.Token, false)}),
	}})
}

// Outside a workspace build nothing is planned while the token lives. It ends with its resource.
func TestTokenScopeByHand(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	shorter := strings.Replace(ownToken, "}", "  token_lifetime = \"24h\"\n}", 1)
	resource.UnitTest(t, resource.TestCase{
		Steps: []resource.TestStep{
			in(env, resource.TestStep{Config: ownToken + oneModel, Check: tokenIn(t, s)}),
			in(env, resource.TestStep{Config: ownToken + oneModel, ConfigPlanChecks: nothingPlanned, Check: tokenIn(t, s)}),
			in(env, resource.TestStep{Config: shorter + oneModel, ConfigPlanChecks: updateInPlace(), Check: tokenIn(t, s)}),
			in(env, resource.TestStep{Config: shorter + oneModel, ConfigPlanChecks: nothingPlanned, Check: tokenIn(t, s)}),
			in(env, resource.TestStep{Config: oneModel, ConfigPlanChecks: updateInPlace(), Check: func(*terraform.State) error {
				assert.Empty(t, s.Tokens(), "nothing needs it any more")
				return nil
			}}),
			in(env, resource.TestStep{Config: ownToken + oneModel, ConfigPlanChecks: updateInPlace(), Check: tokenIn(t, s)}),
		},
		CheckDestroy: func(*terraform.State) error {
			assert.Empty(t, s.Tokens())
			return nil
		},
	})
}

// Where no token can be made, verification decides.
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
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{
			Config:      strings.Replace(ownToken, "}", "  verification = \"require\"\n}", 1) + oneModel,
			ExpectError: saying("Error: Gateway Token Not Made"),
		}),
		in(s.WorkspaceStart(), resource.TestStep{
			Config: ownToken + oneModel, ConfigStateChecks: rendered(s.Token, true, "custom:coder/claude"), ExpectNonEmptyPlan: true,
		}),
	}})
}

func TestTokenScopeMessages(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(newWithEnv("test", codertest.Environ{}.Getenv)())()
	require.NoError(t, err)
	for config, want := range map[string]struct{ attribute, detail string }{
		`{"token_scope":"user:read"}`: {"token_scope", `token_scope must be "all" or "gateway".`},
		`{"token_scope":""}`:          {"token_scope", `token_scope must be "all" or "gateway".`},
		`{"token_lifetime":"7 days"}`: {"token_lifetime", `token_lifetime must be a duration in hours, minutes or seconds, such as "168h" or "1h30m".`},
		`{"token_lifetime":"0h"}`:     {"token_lifetime", "token_lifetime must be at least 1m."},
		`{"token_lifetime":"-24h"}`:   {"token_lifetime", "token_lifetime must be at least 1m."},
		`{"token_lifetime":"900000h"}`: {
			"token_lifetime", "token_lifetime must be at most 876600h, which is 100 years.",
		},
		`{"token_scope":"gateway","verification":"skip"}`: {"token_scope", `Set verification to "warn" or "require", or token_scope to "all".`},
	} {
		resp, err := server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{
			Config: &tfprotov6.DynamicValue{JSON: []byte(config)},
		})
		require.NoError(t, err)
		require.Len(t, resp.Diagnostics, 1, config)
		assert.Contains(t, resp.Diagnostics[0].Detail, want.detail)
		assert.Equal(t, `AttributeName("`+want.attribute+`")`, resp.Diagnostics[0].Attribute.String())
	}
}
