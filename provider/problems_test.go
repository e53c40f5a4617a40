package provider

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
)

const oneModel = `
resource "factory_custom_models" "droid" {
  models = [{ model = "claude", provider = "anthropic" }]
}
`

// saying matches a diagnostic's text however Terraform wraps it.
func saying(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.Join(strings.Split(regexp.QuoteMeta(words), " "), `[\s│|]+`))
}

// What is wrong with the deployment fails the build under "require", and does not under "warn" and "skip".
func TestVerification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		summary string
		spoil   func(*deploymenttest.Server)
	}{
		{"Coder Deployment Unreachable", func(s *deploymenttest.Server) { s.Close() }},
		{"Session Token Refused", func(s *deploymenttest.Server) { s.Token = "another" }},
		{"AI Gateway Not Licensed", func(s *deploymenttest.Server) {
			s.Entitlements.Features[codersdk.FeatureAIBridge] = codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled}
		}},
		{"AI Gateway Switched Off", func(s *deploymenttest.Server) {
			s.Entitlements.Features[codersdk.FeatureAIBridge] = codersdk.Feature{Entitlement: codersdk.EntitlementEntitled}
		}},
		{"AI Governance Add-On Missing", func(s *deploymenttest.Server) {
			delete(s.Entitlements.Features, codersdk.FeatureAIGovernanceUserLimit)
		}},
	} {
		for _, mode := range []string{"", "require", "warn", "skip"} {
			t.Run(c.summary+" "+mode, func(t *testing.T) {
				t.Parallel()
				s := deploymenttest.New(t)
				env := start(s)
				c.spoil(s)
				step := resource.TestStep{Config: oneModel}
				if mode != "" {
					step.Config = fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) + oneModel
				}
				if mode == "require" {
					step.ExpectError = saying("Error: " + c.summary)
				} else {
					step.Check = rendered(t, env["CODER_WORKSPACE_OWNER_SESSION_TOKEN"], true, "custom:coder/claude")
				}
				resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, step)}})
				if mode == "skip" {
					assert.Empty(t, s.Requests())
				}
			})
		}
	}
}

// A way through the gateway that does not exist is found before Droid finds it.
func TestRoutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, model, want string }{
		{"unknown instance", `{ model = "m", provider = "openai", gateway_provider = "vllm" }`, `The AI Gateway does not take /chat/completions for the gateway provider "vllm"`},
		{"instance of another protocol", `{ model = "m", provider = "anthropic", gateway_provider = "openai" }`, `The AI Gateway does not take /messages for the gateway provider "openai"`},
		{"disabled instance", `{ model = "m", provider = "openai", gateway_provider = "disabled" }`, `The gateway provider "disabled" is disabled`},
		{"personal key", `{ model = "m", provider = "openai", api_key = "sk-personal" }`, "Personal Keys Not Allowed"},
	} {
		for _, mode := range []string{"require", "warn", "skip"} {
			t.Run(c.name+" "+mode, func(t *testing.T) {
				t.Parallel()
				s := deploymenttest.New(t)
				s.PersonalKeys = false
				step := resource.TestStep{Config: fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) +
					"resource \"factory_custom_models\" \"droid\" {\nmodels = [" + c.model + "]\n}\n"}
				if mode == "require" {
					step.ExpectError = saying(strings.Replace(c.want, "/chat/completions", "/responses", 1))
				} else {
					step.Check = rendered(t, s.Token, true, "custom:coder/m")
				}
				resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(start(s), step)}})
				for _, r := range s.Requests() {
					assert.NotContains(t, fmt.Sprint(r.Header), "sk-personal", "a personal key is not sent to find out")
				}
			})
		}
	}
}

// The message about a route names the models that take it.
func TestRouteAddresses(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	config := `
provider "factory" { verification = "require" }
resource "factory_custom_models" "droid" {
  models = [
    { model = "a", provider = "openai" },
    { model = "b", provider = "openai", gateway_provider = "vllm" },
    { model = "c", provider = "anthropic" },
    { model = "d", provider = "openai", gateway_provider = "vllm" },
  ]
}
`
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(start(s), resource.TestStep{Config: config, ExpectError: saying("This concerns models[1] and models[3].")}),
	}})
}

// A deployment that can't be reached fails the build before anything is written.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	s.Close()
	file := filepath.Join(t.TempDir(), "settings.json")
	config := `provider "factory" { verification = "require" }` + localConfig(file, "")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(start(s), resource.TestStep{Config: config, ExpectError: saying("Error: Coder Deployment Unreachable")}),
		in(start(s), resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true, ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPreRefresh: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)},
		}}),
	}})
	assert.NoFileExists(t, file)
}

// Nobody's token reaches somebody else's file.
func TestTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"warn", "require"} {
		s := deploymenttest.New(t)
		s.UserID = "11111111-2222-3333-4444-555555555555"
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(start(s), resource.TestStep{
			Config:      fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) + oneModel,
			ExpectError: saying(`Session Token of Another User`),
		})}})
	}
}

func TestMissingSettings(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	for _, c := range []struct {
		name, config string
		env          environ
		want         string
	}{
		{"no token", oneModel, environ{"CODER_URL": s.URL}, "Missing Session Token"},
		{"no token in a real build", oneModel, start(s).with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "Missing Session Token"},
		{"no URL", oneModel, environ{"CODER_SESSION_TOKEN": "t"}, "Missing Access URL"},
		{"bad URL in the environment", oneModel, environ{"CODER_URL": "coder.example.com"}, "The environment variable CODER_URL is not usable as access_url: it must begin with https:// or http://."},
		{"bad token in the environment", oneModel, environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": "a b"}, "The environment variable CODER_SESSION_TOKEN is not usable as session_token"},
		{"bad URL", "provider \"factory\" { access_url = \"https://h?x\" }" + oneModel, environ{}, "must not hold a query"},
		{"bad gateway URL", "provider \"factory\" { gateway_url = \"gateway\" }" + oneModel, environ{}, "must begin with https://"},
		{"bad verification", "provider \"factory\" { verification = \"no\" }" + oneModel, environ{}, "verification"},
		{"bad header", "provider \"factory\" { headers = { \"X A\" = \"b\" } }" + oneModel, environ{}, "must be an HTTP header's name"},
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
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(environ{}, resource.TestStep{Config: `
resource "factory_custom_models" "droid" {
  models = [{ model = "m", provider = "openai", base_url = "http://127.0.0.1:1/v1" }]
}`, Check: rendered(t, "owner-session-token", false, "custom:coder/m")})}})
	})
}
