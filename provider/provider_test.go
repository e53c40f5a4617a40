package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// What is wrong with the deployment fails the build under "require", and does not under "warn" and "skip".
func TestVerification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		summary string
		spoil   func(*codertest.Server)
	}{
		{"Coder Deployment Unreachable", func(s *codertest.Server) { s.Close() }},
		{"Session Token Refused", func(s *codertest.Server) { s.Token = "another" }},
		{"AI Gateway Not Licensed", func(s *codertest.Server) {
			s.Entitlements.Features[codersdk.FeatureAIBridge] = codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled}
		}},
		{"AI Gateway Switched Off", func(s *codertest.Server) {
			s.Entitlements.Features[codersdk.FeatureAIBridge] = codersdk.Feature{Entitlement: codersdk.EntitlementEntitled}
		}},
		{"AI Governance Add-On Missing", func(s *codertest.Server) {
			delete(s.Entitlements.Features, codersdk.FeatureAIGovernanceUserLimit)
		}},
	} {
		for _, mode := range []string{"", "require", "warn", "skip"} {
			t.Run(c.summary+" "+mode, func(t *testing.T) {
				t.Parallel()
				s := codertest.New(t)
				env := s.WorkspaceStart()
				c.spoil(s)
				step := resource.TestStep{Config: oneModel}
				if mode != "" {
					step.Config = fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) + oneModel
				}
				if mode == "require" {
					step.ExpectError = saying("Error: " + c.summary)
				} else {
					step.ConfigStateChecks = rendered(env["CODER_WORKSPACE_OWNER_SESSION_TOKEN"], true, "custom:coder/claude")
				}
				resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, step)}})
				if mode == "skip" {
					assert.Empty(t, s.Requests())
				}
			})
		}
	}
}

// The environment that the provider configuration stands for.
func TestConfigurationPrecedence(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	base := func(url string) *regexp.Regexp {
		return regexp.MustCompile(`"baseUrl": "` + regexp.QuoteMeta(url) + `"`)
	}
	key := func(token string) *regexp.Regexp { return regexp.MustCompile(`"apiKey": "` + token + `"`) }
	for _, c := range []struct {
		name, block string
		env         codertest.Environ
		want        []*regexp.Regexp
	}{
		{
			"agent URL before URL, owner's token before session token", "",
			codertest.Environ{"CODER_AGENT_URL": s.URL, "CODER_URL": "https://other", "CODER_WORKSPACE_OWNER_SESSION_TOKEN": s.Token, "CODER_SESSION_TOKEN": "other"},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"outside Coder", "", codertest.Environ{"CODER_URL": s.URL + "/", "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"configuration before environment", `access_url = "` + s.URL + `", session_token = "` + s.Token + `"`,
			codertest.Environ{"CODER_AGENT_URL": "https://other", "CODER_WORKSPACE_OWNER_SESSION_TOKEN": "other"},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"empty counts as not set", `access_url = "", session_token = "", gateway_url = ""`, codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"standalone gateway", `gateway_url = "https://gateway.example.com"`, codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base("https://gateway.example.com/anthropic"), key(s.Token)},
		},
		{
			"skip makes no call", `verification = "skip"`, codertest.Environ{"CODER_URL": "https://coder.invalid", "CODER_SESSION_TOKEN": "anything"},
			[]*regexp.Regexp{base("https://coder.invalid/api/v2/aibridge/anthropic"), key("anything")},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var checks []statecheck.StateCheck
			for _, want := range c.want {
				checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_json"), knownvalue.StringRegexp(want)))
			}
			block := regexp.MustCompile(`, `).ReplaceAllString(c.block, "\n")
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(c.env, resource.TestStep{
				Config: "provider \"factory\" {\n" + block + "\n}\n" + `
resource "factory_custom_models" "droid" {
  models = [{ model = "claude", provider = "anthropic" }]
}`,
				ConfigStateChecks: checks,
			})}})
		})
	}
}

func TestMissingSettings(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct {
		name, config string
		env          codertest.Environ
		want         string
	}{
		{"no token", oneModel, codertest.Environ{"CODER_URL": s.URL}, "Missing Session Token"},
		{"no token in a real build", oneModel, s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "Missing Session Token"},
		{"no URL", oneModel, codertest.Environ{"CODER_SESSION_TOKEN": "t"}, "Missing Access URL"},
		{"bad URL in the environment", oneModel, codertest.Environ{"CODER_URL": "coder.example.com"}, "The environment variable CODER_URL is not usable as access_url: it must begin with https:// or http://."},
		{"bad token in the environment", oneModel, codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": "a b"}, "The environment variable CODER_SESSION_TOKEN is not usable as session_token"},
		{"bad URL", "provider \"factory\" { access_url = \"https://h?x\" }" + oneModel, codertest.Environ{}, "must not hold a query"},
		{"bad gateway URL", "provider \"factory\" { gateway_url = \"gateway\" }" + oneModel, codertest.Environ{}, "must begin with https://"},
		{"bad verification", "provider \"factory\" { verification = \"no\" }" + oneModel, codertest.Environ{}, "verification"},
		{"bad header", "provider \"factory\" { headers = { \"X A\" = \"b\" } }" + oneModel, codertest.Environ{}, "must be an HTTP header's name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(c.env, resource.TestStep{Config: c.config, PlanOnly: true, ExpectError: saying(c.want)}),
			}})
		})
	}
	t.Run("neither is needed outside the gateway", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(codertest.Environ{}, resource.TestStep{Config: `
resource "factory_custom_models" "droid" {
  models = [{ model = "m", provider = "openai", base_url = "http://127.0.0.1:1/v1" }]
}`, ConfigStateChecks: rendered("owner-session-token", false, "custom:coder/m")})}})
	})
}

// An address that has what the provider appends is refused, wherever it comes from, and the message says what to write.
func TestDoubledPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, block string
		env         codertest.Environ
		want        string
	}{
		{"gateway with provider and version", `gateway_url = "https://gw.example.com/anthropic/v1"`, nil, "gateway_url must be the root of the AI Gateway, without a gateway provider or /v1 at its end: write https://gw.example.com."},
		{"gateway with provider", `gateway_url = "https://gw.example.com/openai/"`, nil, "write https://gw.example.com."},
		{"gateway with version", `gateway_url = "https://gw.example.com/v1"`, nil, "write https://gw.example.com."},
		{"gateway with another provider", `gateway_url = "https://gw.example.com/ai/vllm/v1/"`, nil, "write https://gw.example.com/ai."},
		{"gateway with a call", `gateway_url = "https://gw.example.com/openai/v1/chat/completions"`, nil, "write https://gw.example.com."},
		{"a deployment's gateway with provider", `gateway_url = "https://coder.example.com/api/v2/ai-gateway/vllm"`, nil, "write https://coder.example.com/api/v2/ai-gateway."},
		{"access URL of the gateway", `access_url = "https://coder.example.com/api/v2/ai-gateway"`, nil, "access_url must be the root of the Coder deployment, without /api/v2: write https://coder.example.com."},
		{"access URL of a gateway provider", `access_url = "https://coder.example.com/api/v2/ai-gateway/anthropic"`, nil, "write https://coder.example.com."},
		{"access URL of the older path", `access_url = "https://coder.example.com/coder/api/v2/aibridge/"`, nil, "write https://coder.example.com/coder."},
		{"access URL of the API", `access_url = "https://coder.example.com/api/v2"`, nil, "write https://coder.example.com."},
		{"CODER_AGENT_URL", "", codertest.Environ{"CODER_AGENT_URL": "https://coder.example.com/api/v2/ai-gateway/openai/v1"}, "The environment variable CODER_AGENT_URL is not usable as access_url: it must be the root of the Coder deployment, without /api/v2: write https://coder.example.com."},
		{"CODER_URL", "", codertest.Environ{"CODER_URL": "https://coder.example.com/api/v2/aibridge"}, "The environment variable CODER_URL is not usable as access_url: it must be the root of the Coder deployment, without /api/v2: write https://coder.example.com."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := codertest.Environ{"CODER_SESSION_TOKEN": "t"}
			for name, value := range c.env {
				env[name] = value
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, resource.TestStep{
				Config: "provider \"factory\" {\n" + c.block + "\n}\n" + oneModel, PlanOnly: true, ExpectError: saying(c.want),
			})}})
		})
	}
}

// Nobody's token reaches somebody else's file.
func TestTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"warn", "require"} {
		s := codertest.New(t)
		s.UserID = "11111111-2222-3333-4444-555555555555"
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{
			Config:      fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) + oneModel,
			ExpectError: saying(`Session Token of Another User`),
		})}})
	}
}

// Neither a header of the provider's own calls is shown, nor an address with a password.
func TestProviderMessages(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(newWithEnv("test", codertest.Environ{}.Getenv)())()
	require.NoError(t, err)
	for config, detail := range map[string]string{
		`{"headers":{"sk-literal key":"x"}}`:                  "A name in headers must be an HTTP header's name",
		`{"headers":{"X-A":"sk-literal\n"}}`:                  `headers["X-A"] must be printable ASCII`,
		`{"headers":{"X-A":null}}`:                            `headers["X-A"] must not be null.`,
		`{"session_token":"sk-literal\n"}`:                    "session_token must be printable ASCII",
		`{"access_url":"https://ada:sk-literal@h"}`:           "access_url must not hold a user name or password.",
		`{"gateway_url":"https://ada:sk-literal@h"}`:          "gateway_url must not hold a user name or password.",
		`{"verification":"` + strings.Repeat("x", 9e4) + `"}`: `verification must be "require", "warn" or "skip".`,
	} {
		resp, err := server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{
			Config: &tfprotov6.DynamicValue{JSON: []byte(config)},
		})
		require.NoError(t, err)
		require.Len(t, resp.Diagnostics, 1)
		assert.Contains(t, resp.Diagnostics[0].Detail, detail)
		assert.NotContains(t, resp.Diagnostics[0].Detail, "sk-literal")
		assert.Nil(t, resp.Diagnostics[0].Attribute, detail)
	}
}
