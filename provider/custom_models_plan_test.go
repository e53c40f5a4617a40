package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

func updateInPlace() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(address, tfjsonpath.New("script"), knownvalue.NotNull()),
		plancheck.ExpectUnknownValue(address, tfjsonpath.New("settings_json")),
		// The key is known.
		plancheck.ExpectUnknownValue(address, tfjsonpath.New("env").AtMapKey("FACTORY_CUSTOM_MODELS_CODER")),
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
	}}
}

// What may not be known at plan is no reason to fail there, and comes out right at apply.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	const head = `resource "terraform_data" "later" { input = %s }` + "\n"
	for _, c := range []struct{ name, value, provider, models, rest, want string }{
		{"access_url", `"` + s.URL + `"`, "access_url = LATER", "", "", `"baseUrl": "` + s.URL + `/api`},
		{"session_token", `"` + s.Token + `"`, "session_token = LATER", "", "", `"apiKey": "` + s.Token},
		{"gateway_url", `"https://gw.example.com"`, "gateway_url = LATER", "", "", `"baseUrl": "https://gw.example.com/openai/v1"`},
		{"verification", `"skip"`, "verification = LATER", "", "", `/api/v2/aibridge/`},
		{"headers", `{ X-A = "b" }`, "headers = LATER", "", "", `custom:coder/m`},
		{"a header", `"b"`, "headers = { X-A = LATER }", "", "", `custom:coder/m`},
		{"models", `[{ model = "later", provider = "openai" }]`, "", "LATER", "", `custom:coder/later`},
		{"model", `"later"`, "", `[{ model = LATER, provider = "openai" }]`, `default_model = "later"`, `custom:coder/later`},
		{"provider", `"anthropic"`, "", `[{ model = "m", provider = LATER, base_url = "https://h.example.com" }]`, "", `"provider": "anthropic"`},
		{"name", `"later"`, "", `[{ model = "m m", provider = "openai", name = LATER }]`, "", `custom:coder/later`},
		{"display_name", `"Later"`, "", `[{ model = "m", provider = "openai", display_name = LATER }]`, "", `"displayName": "Later"`},
		{"gateway_provider", `"later"`, "", `[{ model = "m", provider = "openai", gateway_provider = LATER }]`, "", `/later/v1"`},
		{"api_key", `"later"`, "", `[{ model = "m", provider = "openai", api_key = LATER }]`, "", `"apiKey": "later"`},
		{"base_url", `"https://later.example.com/v1"`, "", `[{ model = "m", provider = "openai", base_url = LATER }]`, "", `"baseUrl": "https://later`},
		{"max_output_tokens", `7`, "", `[{ model = "m", provider = "openai", max_output_tokens = LATER }]`, "", `"maxOutputTokens": 7,`},
		{"max_context_limit", `7`, "", `[{ model = "m", provider = "openai", max_context_limit = LATER }]`, "", `"maxContextLimit": 7,`},
		{"no_image_support", `true`, "", `[{ model = "m", provider = "openai", no_image_support = LATER }]`, "", `"noImageSupport": true,`},
		{"enable_thinking", `true`, "", `[{ model = "m", provider = "openai", enable_thinking = LATER }]`, "", `"enableThinking": true,`},
		{"thinking_max_tokens", `7`, "", `[{ model = "m", provider = "openai", thinking_max_tokens = LATER }]`, "", `"thinkingMaxTokens": 7,`},
		{"reasoning_effort", `"low"`, "", `[{ model = "m", provider = "openai", reasoning_effort = LATER }]`, "", `"reasoningEffort": "low"`},
		{"extra_headers", `{ X-A = "b" }`, "", `[{ model = "m", provider = "openai", extra_headers = LATER }]`, "", `"X-A": "b"`},
		{"an extra header", `"b"`, "", `[{ model = "m", provider = "openai", extra_headers = { X-A = LATER } }]`, "", `"X-A": "b"`},
		{"extra_args", `"{\"a\":1}"`, "", `[{ model = "m", provider = "openai", extra_args = LATER }]`, "", `"a": 1`},
		{"default_model", `"m"`, "", "", "default_model = LATER", `"model": "custom:coder/m"`},
		{"namespace", `"later"`, "", "", "namespace = LATER", `custom:later/m`},
		{"settings_path", `"~/later.json"`, "", "", "settings_path = LATER", `custom:coder/m`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.models == "" {
				c.models = `[{ model = "m", provider = "openai" }]`
			}
			config := fmt.Sprintf(head, c.value) + "provider \"factory\" {\n" + c.provider + "\n}\nresource \"factory_custom_models\" \"droid\" {\nmodels = " +
				c.models + "\n" + c.rest + "\n}\n"
			config = strings.ReplaceAll(config, "LATER", "terraform_data.later.output")
			resource.UnitTest(t, resource.TestCase{TerraformVersionChecks: withData, Steps: []resource.TestStep{
				in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_json"), knownvalue.StringRegexp(saying(c.want))),
				}}),
				in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			}})
		})
	}
}

// A list that no start could deliver is refused when the template is imported, where there is no token yet.
func TestTooLargeAtImport(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	build := s.WorkspaceStart().With("CODER_AGENT_URL", "https://coder.example.com", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "abcdefghij-abcdefghijklmnopqrstuv")
	config := func(padding int) string {
		return fmt.Sprintf(`
provider "factory" { verification = "skip" }
resource "factory_custom_models" "droid" {
  models = [{ model = "m", provider = "openai", extra_args = jsonencode({ x = %q }) }]
}
`, strings.Repeat("x", padding))
	}
	largest := func() int { // that a start can deliver
		want := droid.Settings{Namespace: "coder", Models: []droid.Model{{Model: "m", Provider: "openai", ExtraArgs: []byte(`{"x":""}`)}}}
		document, err := want.Render(droid.Gateway{URL: "https://coder.example.com/api/v2/aibridge", Token: build["CODER_WORKSPACE_OWNER_SESSION_TOKEN"]})
		require.NoError(t, err)
		const variable = "FACTORY_CUSTOM_MODELS_CODER=\x00"
		const id = len("00000000-0000-0000-0000-000000000000:keep:")
		return (128*1024-len(variable)-id)/4*3 - len(document.Text)
	}()
	for name, env := range map[string]codertest.Environ{
		"import":   build.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""),
		"dry run":  build.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_BUILD_ID", ""),
		"prebuild": build.With("CODER_WORKSPACE_IS_PREBUILD", "true"),
		"start":    build,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: config(largest), PlanOnly: true, ExpectNonEmptyPlan: true}),
				in(env, resource.TestStep{Config: config(largest + 1), PlanOnly: true, ExpectError: saying("Error: Settings Too Large")}),
			}})
		})
	}
	t.Run("a stop goes on", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(
			build.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_TRANSITION", "stop"),
			resource.TestStep{Config: config(largest + 1)},
		)}})
	})
}

// A for_each can go over the names in env at plan, in each phase, on each Terraform that is supported.
func TestNamesInEnv(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, oneModel+`
resource "factory_custom_models" "each" {
  for_each  = toset(nonsensitive(keys(factory_custom_models.droid.env)))
  models    = []
  namespace = "each-${lower(replace(each.key, "_", "-"))}"
}
`)
	const each = `factory_custom_models.each["FACTORY_CUSTOM_MODELS_CODER"]`
	imported := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	for _, env := range []codertest.Environ{imported, imported.With("CODER_WORKSPACE_TRANSITION", "stop"), s.WorkspaceStart()} {
		assert.Contains(t, c.run(t, env, "plan", "-no-color"), "# "+each+" will be created")
	}
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	assert.Contains(t, c.run(t, s.WorkspaceStart(), "plan", "-no-color"), "No changes.")
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	out := c.run(t, stop, "plan", "-no-color")
	assert.Contains(t, out, "# "+address+" will be updated in-place")
	assert.NotContains(t, out, "# "+each)
}
