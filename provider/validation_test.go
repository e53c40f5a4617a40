package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
)

// Each bad value is refused at plan, with its place.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	models := func(objects ...string) string { return "models = [" + strings.Join(objects, ", ") + "]" }
	model := func(attributes string) string {
		return models(`{ model = "m", provider = "openai", ` + attributes + ` }`)
	}
	for _, c := range []struct{ name, body, want string }{
		{"no models", ``, `The argument "models" is required`},
		{"no model", models(`{ provider = "openai" }`), `attribute "model" is required`},
		{"null for a model", "models = [null]", "models[0].provider attribute"},
		{"empty model", models(`{ model = "", provider = "openai" }`), "must not be empty"},
		{"NUL in a model", models(`{ model = "a\u0000b", provider = "openai" }`), "must not hold a control character"},
		{"newline in a model", models(`{ model = "a\nb", provider = "openai" }`), "must not hold a control character"},
		{"white space needs a name", models(`{ model = "a b", provider = "openai" }`), "Model Needs a Name"},
		{"provider google", models(`{ model = "m", provider = "google" }`), `"anthropic" (Messages), "openai" (Responses) or "generic-chat-completion-api" (Chat Completions)`},
		{"provider xai", models(`{ model = "m", provider = "xai" }`), "Unknown Protocol"},
		{"provider factory", models(`{ model = "m", provider = "factory" }`), "Unknown Protocol"},
		{"name with white space", model(`name = "a b"`), "must be printable ASCII without white space"},
		{"two of a name", models(`{ model = "m", provider = "openai" }`, `{ model = "x", name = "m", provider = "openai" }`), "models[0] and models[1] are both named \"m\""},
		{"display name", model(`display_name = "a\nb"`), "must not hold a control character"},
		{"instance", model(`gateway_provider = "Open AI"`), "must be lower-case letters and digits"},
		{"instance outside the gateway", model(`gateway_provider = "x", base_url = "https://h/v1"`), "Invalid Attribute Combination"},
		{"key with a line break", model(`api_key = "sk-very-secret\n"`), "must be printable ASCII without white space"},
		{"base URL", model(`base_url = "h/v1"`), "must begin with https:// or http://"},
		{"base URL with a variable", model(`base_url = "https://$${HOST}/v1"`), "Droid expands variables in api_key only"},
		{"base URL of a call", model(`base_url = "https://h/v1/chat/completions"`), "must not end in /chat/completions"},
		{"anthropic with /v1", models(`{ model = "m", provider = "anthropic", base_url = "https://h/v1" }`), "must not end in /v1 for provider anthropic"},
		{"no output", model(`max_output_tokens = 0`), "must be at least 1"},
		{"no context", model(`max_context_limit = -1`), "must be at least 1"},
		{"no thinking", model(`thinking_max_tokens = 0`), "must be at least 1"},
		{"effort", model(`reasoning_effort = "huge"`), "models[0].reasoning_effort must be one of"},
		{"header name", model(`extra_headers = { "X A" = "b" }`), "must be an HTTP header's name"},
		{"header value", model(`extra_headers = { X-A = "b\r\nX-C: d" }`), "must be printable ASCII without line breaks"},
		{"our header", model(`extra_headers = { x-coder-ai-governance-token = "t" }`), "it carries the session token"},
		{"extra args", model(`extra_args = "[1]"`), "must be a JSON object"},
		{"default", model(``) + "\n default_model = \"other\"", "No model in the list is named \"other\""},
		{"default of none", "models = []\n default_model = \"m\"", "Unknown Default Model"},
		{"namespace", "models = []\n namespace = \"A b\"", "must be lower-case letters and digits"},
		{"relative settings path", "models = []\n settings_path = \"settings.json\"", "begins with / or ~/"},
		{"settings folder", "models = []\n settings_path = \"~/.factory/\"", "must be a file's path"},
		{"NUL in the settings path", "models = []\n settings_path = \"/a\\u0000b\"", "must not hold a NUL"},
		{"local folder", "models = []\n local_path = \"/tmp/\"", "must be the path of a file"},
		{"computed", "models = []\n script = \"x\"", "script"},
		{"too large", model(fmt.Sprintf(`extra_args = jsonencode({ x = %q })`, strings.Repeat("x", 98500))), "Settings Too Large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(start(s), resource.TestStep{
				Config:      "resource \"factory_custom_models\" \"droid\" {\n" + c.body + "\n}\n",
				PlanOnly:    true,
				ExpectError: saying(c.want),
			})}})
		})
	}
}

// What may not be known at plan is no reason to fail there, and comes out right at apply.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	needs(t, "v1.4.0", "terraform_data")
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
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(start(s), resource.TestStep{Config: config, Check: resource.TestMatchResourceAttr(address, "settings_json", saying(c.want))}),
				in(start(s), resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			}})
		})
	}
}
