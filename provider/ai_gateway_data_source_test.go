package provider

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/build"
	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
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
	for _, name := range []string{"access_url", "version", "gateway_url", "base_urls", "enabled", "entitled", "owner", "models"} {
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
func assumed(s *deploymenttest.Server, models knownvalue.Check) map[string]knownvalue.Check {
	return map[string]knownvalue.Check{
		"access_url":  knownvalue.StringExact(s.URL),
		"gateway_url": knownvalue.StringExact(s.URL + "/api/v2/aibridge"),
		"base_urls":   baseURLs(s.URL + "/api/v2/aibridge"),
		"models":      models,
	}
}

// answered is what a healthy deployment says of itself.
func answered(s *deploymenttest.Server, models knownvalue.Check) map[string]knownvalue.Check {
	return map[string]knownvalue.Check{
		"access_url":  knownvalue.StringExact(s.URL),
		"gateway_url": knownvalue.StringExact(s.URL + "/api/v2/ai-gateway"),
		"base_urls":   baseURLs(s.URL + "/api/v2/ai-gateway"),
		"version":     knownvalue.StringExact("v2.36.0+1c2d3e4"),
		"owner":       knownvalue.StringExact("ada"),
		"enabled":     knownvalue.Bool(true),
		"entitled":    knownvalue.Bool(true),
		"models":      models,
	}
}

func TestAIGateway(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	config := gatewayConfig("require", "anthropic", "openai") + `
resource "factory_custom_models" "droid" {
  models = [for id in data.factory_ai_gateway.this.models["anthropic"] : { model = id, provider = "anthropic" }]
}
`
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(start(s), resource.TestStep{
			Config:            config,
			ConfigStateChecks: told(answered(s, ids(s.Models))),
			Check:             rendered(t, s.Token, true, "custom:coder/claude-sonnet-4-5-20250929", "custom:coder/claude-haiku-4-5-20251001"),
		}),
		in(start(s), resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
		in(environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}, resource.TestStep{
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
			s := deploymenttest.New(t)
			env := start(s).with(changes...)
			want := assumed(s, ids(map[string][]string{"anthropic": nil, "vllm": nil}))
			if env["CODER_AGENT_URL"] == "" {
				want = map[string]knownvalue.Check{"models": want["models"]}
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, resource.TestStep{
				Config: gatewayConfig("", "anthropic", "vllm"), ConfigStateChecks: told(want),
			})}})
			for _, mode := range []string{build.Warn, build.Require, build.Skip} {
				got, diags := ask(t, env, mode, "anthropic", "vllm")
				if env["CODER_WORKSPACE_TRANSITION"] == "start" {
					because := "because this run has no session token"
					if mode == build.Skip {
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
func ask(t *testing.T, env environ, mode string, instances ...string) (aiGatewayModel, diag.Diagnostics) {
	t.Helper()
	var (
		diags diag.Diagnostics
		names []attr.Value
	)
	for _, instance := range instances {
		names = append(names, types.StringValue(instance))
	}
	b, problems := build.New(providerModel{Verification: types.StringValue(mode)}.config(), env.getenv)
	require.Empty(t, problems)
	m := aiGatewayModel{Instances: types.SetValueMust(types.StringType, names)}
	m.ask(context.Background(), b, &diags)
	return m, diags
}

// README's way to read the models works in each phase, and where they can't be had.
func TestReadmeDataSource(t *testing.T) {
	t.Parallel()
	config := ""
	for _, found := range hclBlock.FindAllStringSubmatch(read(t, "../README.md"), -1) {
		if strings.Contains(found[1], "data \"factory_ai_gateway\"") {
			config += found[1]
		}
	}
	require.NotEmpty(t, config)
	imported := []string{"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""}
	for _, c := range []struct {
		name, provider string
		changes        []string
		spoil          func(*deploymenttest.Server)
		ids            []string
	}{
		{"start", "", nil, nil, []string{idSonnet, "custom:coder/claude-haiku-4-5-20251001"}},
		{"import", "", imported, nil, []string{}},
		{"stop", "", append([]string{"CODER_WORKSPACE_TRANSITION", "stop"}, imported...), nil, []string{}},
		{"prebuild", "", []string{"CODER_WORKSPACE_IS_PREBUILD", "true"}, nil, []string{}},
		{"skip", "provider \"factory\" { verification = \"skip\" }\n", nil, nil, []string{idSonnet}},
		{"deployment down", "", nil, func(s *deploymenttest.Server) { s.Close() }, []string{idSonnet}},
		{"gateway down", "", nil, fails("/anthropic/v1/models", 500, ""), []string{idSonnet}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := deploymenttest.New(t)
			env := start(s).with(c.changes...)
			if c.spoil != nil {
				c.spoil(s)
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: c.provider + config, Check: rendered(t, s.Token, len(c.ids) > 0, c.ids...)}),
			}})
		})
	}
}
