package provider

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/run"
)

func gatewayConfig(verification string, instances ...string) string {
	config := ""
	if verification != "" {
		config = fmt.Sprintf("provider \"factory\" { verification = %q }\n", verification)
	}
	return config + "data \"factory_ai_gateway\" \"this\" {\ninstances = [\"" + strings.Join(instances, `", "`) + "\"]\n}\n"
}

// told checks attributes of the data source; those not named are null.
func told(want map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for _, name := range []string{"access_url", "version", "gateway_url", "base_urls", "enabled", "entitled", "owner", "providers", "models"} {
		check := want[name]
		if check == nil {
			check = knownvalue.Null()
		}
		checks = append(checks, tells(name, check))
	}
	return checks
}

func tells(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.factory_ai_gateway.this", tfjsonpath.New(name), check)
}

func baseURLs(gateway string) knownvalue.Check {
	return knownvalue.MapExact(map[string]knownvalue.Check{
		"anthropic":                   knownvalue.StringExact(gateway + "/anthropic"),
		"openai":                      knownvalue.StringExact(gateway + "/openai/v1"),
		"generic-chat-completion-api": knownvalue.StringExact(gateway + "/openai/v1"),
	})
}

// ids are the lists by instance. One that could not be had is nil.
func ids(lists map[string][]string) knownvalue.Check {
	want := map[string]knownvalue.Check{}
	for instance, list := range lists {
		if want[instance] = knownvalue.Null(); list == nil {
			continue
		}
		checks := []knownvalue.Check{}
		for _, id := range list {
			checks = append(checks, knownvalue.StringExact(id))
		}
		want[instance] = knownvalue.ListExact(checks)
	}
	return knownvalue.MapExact(want)
}

// assumed is what the configuration alone says of a deployment.
func assumed(s *codertest.Server, models knownvalue.Check) map[string]knownvalue.Check {
	return map[string]knownvalue.Check{
		"access_url":  knownvalue.StringExact(s.URL),
		"gateway_url": knownvalue.StringExact(s.URL + "/api/v2/aibridge"),
		"base_urls":   baseURLs(s.URL + "/api/v2/aibridge"),
		"models":      models,
	}
}

// answered is what a healthy deployment says of itself.
func answered(s *codertest.Server, models knownvalue.Check) map[string]knownvalue.Check {
	return map[string]knownvalue.Check{
		"access_url":  knownvalue.StringExact(s.URL),
		"gateway_url": knownvalue.StringExact(s.URL + "/api/v2/ai-gateway"),
		"base_urls":   baseURLs(s.URL + "/api/v2/ai-gateway"),
		"version":     knownvalue.StringExact("v2.36.0+1c2d3e4"),
		"owner":       knownvalue.StringExact("ada"),
		"enabled":     knownvalue.Bool(true),
		"entitled":    knownvalue.Bool(true),
		"models":      models,
		"providers": knownvalue.MapExact(map[string]knownvalue.Check{
			"anthropic": providerOf("anthropic", s.Providers[0].BYOKEnabled), "openai": providerOf("openai", s.Providers[1].BYOKEnabled),
		}),
	}
}

func providerOf(kind string, personalKeys bool) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"type": knownvalue.StringExact(kind), "display_name": knownvalue.StringExact(""),
		"enabled": knownvalue.Bool(true), "personal_keys": knownvalue.Bool(personalKeys),
	})
}

func TestAIGateway(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	config := gatewayConfig("require", "anthropic", "openai") + `
resource "factory_custom_models" "droid" {
  models = [for id in data.factory_ai_gateway.this.models["anthropic"] : { model = id, provider = "anthropic" }]
}
`
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{
			Config:            config,
			ConfigStateChecks: append(told(answered(s, ids(s.Models))), rendered(s.Token, true, idSonnet, "custom:coder/claude-haiku-4-5-20251001")...),
		}),
		in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
		in(codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}, resource.TestStep{
			Config:            `data "factory_ai_gateway" "this" {}`,
			ConfigStateChecks: told(answered(s, ids(nil))),
		}),
	}})
}

// A run without a token plans whatever the verification and asks nobody. What it can't have is null, and it says so where a
// template may still come to need it.
func TestAIGatewayPhases(t *testing.T) {
	t.Parallel()
	imported := []string{"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""}
	for name, changes := range map[string][]string{
		"import":         imported,
		"import, stop":   append([]string{"CODER_WORKSPACE_TRANSITION", "stop"}, imported...),
		"import, no URL": append([]string{"CODER_AGENT_URL", ""}, imported...),
		"dry run":        {"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_BUILD_ID", ""},
		"stop":           {"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_TRANSITION", "stop"},
		"delete":         {"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_TRANSITION", "destroy"},
		"prebuild":       {"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "prebuilds-token", "CODER_WORKSPACE_IS_PREBUILD", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			env := s.WorkspaceStart().With(changes...)
			want := assumed(s, ids(map[string][]string{"anthropic": nil, "vllm": nil}))
			if env["CODER_AGENT_URL"] == "" {
				want = map[string]knownvalue.Check{"models": want["models"]}
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, resource.TestStep{
				Config: gatewayConfig("", "anthropic", "vllm"), ConfigStateChecks: told(want),
			})}})
			for _, mode := range []string{run.Warn, run.Require, run.Skip} {
				got, diags := ask(t, env, mode, "anthropic", "vllm")
				if env["CODER_WORKSPACE_TRANSITION"] == "start" {
					because := "because this run has no session token"
					if mode == run.Skip {
						because = `because the provider makes no call with verification = "skip"`
					}
					require.Len(t, diags.Warnings(), 1)
					assert.Equal(t, "Model Lists Not Read", diags[0].Summary())
					assert.Contains(t, diags[0].Detail(), because)
					assert.Contains(t, diags[0].Detail(), `coalesce(data.factory_ai_gateway.NAME.models["anthropic"], ["MODEL"])`)
				} else {
					assert.Empty(t, diags)
				}
				for _, instance := range []string{"anthropic", "vllm"} {
					require.Contains(t, got.Models.Elements(), instance)
					assert.True(t, got.Models.Elements()[instance].IsNull())
				}
			}
			assert.Empty(t, s.Requests(), "calls")
		})
	}
}

// ask reads the data source without Terraform, which does not let a test see warnings.
func ask(t *testing.T, env codertest.Environ, mode string, instances ...string) (aiGatewayModel, diag.Diagnostics) {
	t.Helper()
	var (
		diags diag.Diagnostics
		names []attr.Value
	)
	for _, instance := range instances {
		names = append(names, types.StringValue(instance))
	}
	b, problems := run.New(providerModel{Verification: types.StringValue(mode)}.config(), env.Getenv)
	require.Empty(t, problems)
	m := aiGatewayModel{Instances: types.SetValueMust(types.StringType, names)}
	m.ask(context.Background(), b, &diags)
	return m, diags
}

// The example's way to read the models works in each phase, and where they can't be had.
func TestDataSourceExample(t *testing.T) {
	t.Parallel()
	needs(t, "v1.3.0", "startswith")
	_, config, found := strings.Cut(read(t, "../examples/data-sources/factory_ai_gateway/data-source.tf"), "\n}\n")
	require.True(t, found)
	imported := []string{"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""}
	for _, c := range []struct {
		name, provider string
		changes        []string
		spoil          func(*codertest.Server)
		ids            []string
	}{
		{"start", "", nil, nil, []string{idSonnet, "custom:coder/claude-haiku-4-5-20251001", idCodex}},
		{"import", "", imported, nil, []string{}},
		{"stop", "", append([]string{"CODER_WORKSPACE_TRANSITION", "stop"}, imported...), nil, []string{}},
		{"prebuild", "", []string{"CODER_WORKSPACE_IS_PREBUILD", "true"}, nil, []string{}},
		{"skip", "provider \"factory\" { verification = \"skip\" }\n", nil, nil, []string{idSonnet, idCodex}},
		{"deployment down", "", nil, func(s *codertest.Server) { s.Close() }, []string{idSonnet, idCodex}},
		{"gateway down", "", nil, fails("/anthropic/v1/models", 500, ""), []string{idSonnet, idCodex}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			env := s.WorkspaceStart().With(c.changes...)
			if c.spoil != nil {
				c.spoil(s)
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: c.provider + config, ConfigStateChecks: rendered(s.Token, len(c.ids) > 0, c.ids...)}),
			}})
		})
	}
}

// fails makes calls whose path holds a part of one fail, with a body in which TOKEN stands for the session token.
func fails(part string, status int, body string) func(*codertest.Server) {
	return func(s *codertest.Server) {
		s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, part) {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "TOKEN", s.Token)))
			return true
		}
	}
}

// What keeps the lists away fails the build under "require", warns by default, and is not looked for under "skip".
func TestAIGatewayVerification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		summary, instance string
		spoil             func(*codertest.Server)
		listed            bool // the gateway works all the same
	}{
		{"Unknown AI Gateway Provider", "vllm", nil, false},
		{"AI Gateway Did Not Answer", "openai", func(s *codertest.Server) {
			s.Fail = func(_ http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/openai/") {
					panic(http.ErrAbortHandler)
				}
				return false
			}
		}, false},
		{"Session Token Refused by AI Gateway", "openai", fails("/openai/", 403, "unauthorized TOKEN"), false},
		{"AI Budget Exceeded", "openai", fails("/openai/", 403, "AI budget of US$1.00 exceeded. TOKEN"), false},
		{"Model List Refused", "openai", fails("/openai/", 500, "TOKEN"), false},
		{"Model List Not Understood", "openai", fails("/openai/", 200, "TOKEN"), false},
		{"Coder Deployment Unreachable", "openai", func(s *codertest.Server) { s.Close() }, false},
		{"Coder Deployment Unreachable", "openai", fails("/buildinfo", 404, `{"message":"TOKEN"}`), false},
		{"Session Token Refused", "openai", func(s *codertest.Server) { s.Token = "another" }, false},
		{"Coder Deployment Did Not Answer", "openai", fails("/entitlements", 404, `{"message":"TOKEN"}`), true},
		{"AI Gateway Switched Off", "openai", func(s *codertest.Server) {
			s.Entitlements.Features[codersdk.FeatureAIBridge] = codersdk.Feature{Entitlement: codersdk.EntitlementEntitled}
		}, false},
		{"AI Governance Add-On Missing", "openai", func(s *codertest.Server) {
			delete(s.Entitlements.Features, codersdk.FeatureAIGovernanceUserLimit)
		}, true},
	} {
		t.Run(c.summary, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			env := s.WorkspaceStart()
			if c.spoil != nil {
				c.spoil(s)
			}
			_, diags := ask(t, env, run.Skip, c.instance)
			assert.Len(t, diags.Warnings(), 1, "what skip leaves out")
			assert.False(t, diags.HasError())
			assert.Empty(t, s.Requests(), "calls")

			for _, mode := range []string{run.Warn, run.Require} {
				got, diags := ask(t, env, mode, c.instance)
				said := ""
				for _, d := range diags {
					said += d.Detail() + "\n"
				}
				require.NotEmpty(t, diags)
				assert.Equal(t, mode == run.Warn && !c.listed, strings.Contains(said, " null"), said)
				assert.Equal(t, c.summary, diags[0].Summary())
				assert.Equal(t, mode == run.Require, diags.HasError())
				assert.NotContains(t, said, env["CODER_WORKSPACE_OWNER_SESSION_TOKEN"])
				if mode == run.Warn {
					assert.Equal(t, c.listed, !got.Models.Elements()[c.instance].IsNull())
				}
			}
			step := resource.TestStep{Config: gatewayConfig("require", c.instance), ExpectError: saying("Error: " + c.summary)}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, step)}})
		})
	}
}

// A warning is no reason not to start.
func TestAIGatewayStartsAllTheSame(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := s.WorkspaceStart()
	lists := map[string][]string{"vllm": nil, "openai": s.Models["openai"]}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(env, resource.TestStep{Config: gatewayConfig("", "vllm", "openai"), ConfigStateChecks: told(answered(s, ids(lists)))}),
		in(env, resource.TestStep{
			PreConfig: s.Close, Config: gatewayConfig("", "openai"), ConfigStateChecks: told(assumed(s, ids(map[string][]string{"openai": nil}))),
		}),
	}})
}

func TestAIGatewayTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.UserID = "11111111-2222-3333-4444-555555555555"
	for _, mode := range []string{"", "require"} {
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{
			Config: gatewayConfig(mode, "openai"), ExpectError: saying("Error: Session Token of Another User"),
		})}})
	}
	for _, r := range s.Requests() {
		assert.NotContains(t, r.URL.Path, "/openai/", "another person's token is not used")
	}
}

func TestAIGatewayMissingSettings(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct {
		name, config string
		env          codertest.Environ
		want         string
	}{
		{"no URL", gatewayConfig("", "openai"), codertest.Environ{"CODER_SESSION_TOKEN": "t"}, "Missing Access URL"},
		{"no URL, skip", gatewayConfig("skip", "openai"), codertest.Environ{}, "Missing Access URL"},
		{"no token", gatewayConfig("", "openai"), codertest.Environ{"CODER_URL": s.URL}, "Missing Session Token"},
		{"no token in a real build", gatewayConfig("", "openai"), s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "Missing Session Token"},
		{"path for an instance", gatewayConfig("", "../users"), s.WorkspaceStart(), "must be lower-case letters and digits"},
		{"null for an instance", `data "factory_ai_gateway" "this" { instances = [null] }`, s.WorkspaceStart(), "A name in instances must not be null."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(c.env, resource.TestStep{Config: c.config, PlanOnly: true, ExpectError: saying(c.want)}),
			}})
		})
	}
	t.Run("no token is needed to ask nobody", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(codertest.Environ{"CODER_URL": s.URL}, resource.TestStep{
			Config: gatewayConfig("skip", "openai"), ConfigStateChecks: told(assumed(s, ids(map[string][]string{"openai": nil}))),
		})}})
	})
	t.Run("a gateway alone", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(codertest.Environ{}, resource.TestStep{
			Config: "provider \"factory\" {\nverification = \"skip\"\ngateway_url = \"https://gw.example.com/\"\n}\n" + gatewayConfig("", "openai"),
			ConfigStateChecks: told(map[string]knownvalue.Check{
				"gateway_url": knownvalue.StringExact("https://gw.example.com"), "base_urls": baseURLs("https://gw.example.com"),
				"models": ids(map[string][]string{"openai": nil}),
			}),
		})}})
	})
	assert.Empty(t, s.Requests())
}

// Half a provider configuration is not used; with depends_on the data source waits for the whole.
func TestAIGatewayUnknownConfiguration(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	config := fmt.Sprintf(`
resource "terraform_data" "later" { input = %q }
provider "factory" { gateway_url = terraform_data.later.output }
`, s.URL+"/api/v2/ai-gateway")
	this := gatewayConfig("", "openai")
	waiting := strings.Replace(this, "{\n", "{\ndepends_on = [terraform_data.later]\n", 1)
	for config, want := range map[string]map[string]knownvalue.Check{
		config + waiting: answered(s, ids(map[string][]string{"openai": s.Models["openai"]})),
		config + this:    {"models": ids(map[string][]string{"openai": nil})},
	} {
		resource.UnitTest(t, resource.TestCase{TerraformVersionChecks: withData, Steps: []resource.TestStep{
			in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigStateChecks: told(want)}),
		}})
	}
}

// Half a provider configuration calls nobody, in any phase.
func TestAIGatewayHalfConfigured(t *testing.T) {
	t.Parallel()
	later := types.StringUnknown()
	for name, model := range map[string]providerModel{
		"access_url": {AccessURL: later}, "session_token": {SessionToken: later}, "gateway_url": {GatewayURL: later},
		"verification": {Verification: later}, "headers": {Headers: types.MapUnknown(types.StringType)},
		"a header": {Headers: types.MapValueMust(types.StringType, map[string]attr.Value{"X-A": later})},
	} {
		for transition, warnings := range map[string]int{"start": 1, "stop": 0} {
			t.Run(name+", "+transition, func(t *testing.T) {
				t.Parallel()
				s := codertest.New(t)
				var diags diag.Diagnostics
				b, problems := run.New(model.config(), s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", transition).Getenv)
				require.Empty(t, problems)
				m := aiGatewayModel{Instances: types.SetValueMust(types.StringType, []attr.Value{types.StringValue("openai")})}
				m.ask(context.Background(), b, &diags)
				assert.Len(t, diags, warnings)
				assert.Len(t, diags.Warnings(), warnings)
				assert.True(t, m.Models.Elements()["openai"].IsNull())
				assert.True(t, m.AccessURL.IsNull() && m.GatewayURL.IsNull() && m.BaseURLs.IsNull())
				assert.Empty(t, s.Requests(), "calls")
			})
		}
	}
}

// A gateway that never answers costs no more than the budget, together with the questions to the deployment.
func TestAIGatewayIsBounded(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Fail = func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/openai/") {
			return false
		}
		<-r.Context().Done()
		return true
	}
	begin := time.Now()
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{
		Config: gatewayConfig("require", "openai"), ExpectError: saying("Error: AI Gateway Did Not Answer"),
	})}})
	assert.Less(t, time.Since(begin), 4*coder.Budget)
}
