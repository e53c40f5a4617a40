package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
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

// unknown has values that depend on another resource, and so are not known at plan. LATER in a configuration stands for
// them.
const unknown = `
resource "terraform_data" "later" {
  input = {
    text     = "later"
    url      = "https://later.example.com/v1"
    number   = 7
    yes      = true
    json     = "{\"a\":1}"
    kind     = "anthropic"
    effort   = "low"
    path     = "~/later.json"
    headers  = { X-A = "b" }
    list     = ["x", "y"]
    delivery = "managed"
    scope    = "session"
  }
}
`

const unknownModels = `
resource "factory_custom_models" "droid" {
  model {
    model    = LATER.text
    provider = LATER.kind
  }
  model {
    model               = "m m"
    provider            = "openai"
    name                = "${LATER.text}-2"
    display_name        = LATER.text
    gateway_provider    = LATER.text
    api_key             = LATER.text
    max_output_tokens   = LATER.number
    max_context_limit   = LATER.number
    no_image_support    = LATER.yes
    enable_thinking     = LATER.yes
    thinking_max_tokens = LATER.number
    reasoning_effort    = LATER.effort
    extra_headers       = LATER.headers
    extra_args          = LATER.json
    extra_fields        = LATER.json
  }
  model {
    model         = "n"
    provider      = "openai"
    base_url      = LATER.url
    extra_headers = { X-A = LATER.text }
  }
  dynamic "model" {
    for_each = LATER.list
    content {
      model    = model.value
      provider = "openai"
    }
  }
  default_model     = LATER.text
  namespace         = LATER.text
  former_namespaces = [LATER.effort]
}
`

// What may not be known at plan is no reason to fail there, and comes out right at apply.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := byHand(s)
	provider := func(lines string) string { return "provider \"factory\" {\n" + lines + "\n}\n" + oneModel }
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"access URL": {provider("access_url = \"" + s.URL + "${LATER.yes ? \"\" : \"\"}\""), []string{`"baseUrl": "` +
			s.URL}},
		"token":    {provider("session_token = LATER.text\nverification = \"skip\""), []string{`"apiKey": "later"`}},
		"gateway":  {provider("gateway_url = \"https://${LATER.text}\""), []string{`"baseUrl": "https://later/anthropic"`}},
		"headers":  {provider("headers = LATER.headers"), []string{"custom:coder/claude"}},
		"a header": {provider("headers = { X-A = LATER.text }"), []string{"custom:coder/claude"}},
		"delivery": {one("droid", "m", "openai", `
  delivery         = LATER.delivery
  settings_path    = LATER.path
  token_scope      = LATER.scope
  gateway_only     = LATER.yes
  managed_settings = LATER.json`), []string{"printenv", "allowedBaseUrls", `"a": 1`}},
		"models": {unknownModels, []string{
			`"id": "custom:later/later"`, `"provider": "anthropic"`, `"id": "custom:later/later-2"`, `"displayName": "later"`,
			`/later/v1"`, `"apiKey": "later"`, `"maxOutputTokens": 7`, `"maxContextLimit": 7`, `"noImageSupport": true`,
			`"enableThinking": true`, `"thinkingMaxTokens": 7`, `"reasoningEffort": "low"`, `"X-A": "b"`, `"extraArgs"`,
			`"baseUrl": "https://later.example.com/v1"`, `"X-A": "later"`, `"id": "custom:later/x"`, `"id": "custom:later/y"`,
			`"model": "custom:later/later"`,
		}},
		"catalog": {strings.Replace(catalogOnly, "{}", "{\n include = [LATER.text, \"*\"]\n}", 1), []string{idSonnet}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := unknown + strings.ReplaceAll(c.config, "LATER", "terraform_data.later.output")
			check := document(func(text string) error {
				for _, part := range c.want {
					assert.Contains(t, text, part)
				}
				return nil
			})
			resource.UnitTest(t, resource.TestCase{TerraformVersionChecks: withData, Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{check}}),
				in(env, resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			}})
		})
	}
}

// A for_each can go over the names in env at plan, in each phase, on each Terraform that is supported.
func TestNamesInEnv(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, oneModel+`
resource "factory_custom_models" "each" {
  for_each  = toset(nonsensitive(keys(factory_custom_models.droid.env)))
  namespace = "each-${lower(replace(each.key, "_", "-"))}"
}
`)
	const each = `factory_custom_models.each["FACTORY_CUSTOM_MODELS_CODER"]`
	for _, env := range []codertest.Environ{importing(s), stopping(importing(s)), s.WorkspaceStart()} {
		assert.Contains(t, c.run(t, env, "plan", "-no-color"), "# "+each+" will be created")
	}
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	assert.Contains(t, c.run(t, stopping(s.WorkspaceStart()), "plan", "-no-color"),
		"Plan: 0 to add, 2 to change, 0 to destroy.")
}
