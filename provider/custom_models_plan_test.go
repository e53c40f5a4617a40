package provider

import (
	"encoding/json"
	"fmt"
	"sort"
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

// later is what depends on another resource and so is not known at plan.
func later(value, config string) string {
	return "resource \"terraform_data\" \"later\" { input = " + value + " }\n" +
		strings.ReplaceAll(config, "LATER", "terraform_data.later.output")
}

// What may not be known at plan is no reason to fail there, and comes out right at apply.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	plain := one("droid", "m", "openai", "")
	texts := `{
  text = "later", url = "https://later.example.com/v1", number = 7, yes = true, json = "{\"a\":1}", kind = "anthropic", effort = "low",
  path = "~/later.json", headers = { X-A = "b" }, list = ["x", "y"], delivery = "managed", scope = "session", access = "` + s.URL + `"
}`
	models := `resource "factory_custom_models" "droid" {
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
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"provider": {"provider \"factory\" {\n access_url = LATER.access\n headers = LATER.headers\n}\n" + plain, []string{`"baseUrl": "` + s.URL}},
		"token":    {"provider \"factory\" {\n session_token = LATER.text\n verification = \"skip\"\n}\n" + plain, []string{`"apiKey": "later"`}},
		"gateway":  {"provider \"factory\" {\n gateway_url = \"https://${LATER.text}\"\n}\n" + plain, []string{`"baseUrl": "https://later/openai/v1"`}},
		"header":   {"provider \"factory\" {\n headers = { X-A = LATER.text }\n}\n" + plain, []string{"custom:coder/m"}},
		"delivery": {one("droid", "m", "openai", "delivery = LATER.delivery\n settings_path = LATER.path\n token_scope = LATER.scope\n gateway_only = LATER.yes\n managed_settings = LATER.json"), []string{"printenv", "allowedBaseUrls"}},
		"models": {models, []string{
			`"id": "custom:later/later"`, `"provider": "anthropic"`, `"id": "custom:later/later-2"`, `"displayName": "later"`, `/later/v1"`,
			`"apiKey": "later"`, `"maxOutputTokens": 7`, `"maxContextLimit": 7`, `"noImageSupport": true`, `"enableThinking": true`,
			`"thinkingMaxTokens": 7`, `"reasoningEffort": "low"`, `"X-A": "b"`, `"extraArgs"`, `"baseUrl": "https://later.example.com/v1"`,
			`"X-A": "later"`, `"id": "custom:later/x"`, `"id": "custom:later/y"`, `"model": "custom:later/later"`,
		}},
		"catalog":     {"resource \"factory_custom_models\" \"droid\" {\n catalog {\n include = [\"${LATER.text}*\", \"*\"]\n }\n}\n", []string{idSonnet}},
		"every block": {"resource \"factory_custom_models\" \"droid\" {\n dynamic \"catalog\" {\n for_each = toset(LATER.list)\n content {}\n }\n}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := later(texts, c.config)
			if c.want == nil { // two blocks where one may be
				resource.UnitTest(t, resource.TestCase{TerraformVersionChecks: withData, Steps: []resource.TestStep{
					in(env, resource.TestStep{Config: config, ExpectError: saying("catalog")}),
				}})
				return
			}
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

// A list that no start could deliver is refused when the template is imported, where there is no token yet. A stop goes
// on.
func TestTooLargeAtImport(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	skip := `{"verification":"skip"}`
	build := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "abcdefghij-abcdefghijklmnopqrstuv")
	config := func(padding int) string {
		args, err := json.Marshal(fmt.Sprintf(`{"x":%q}`, strings.Repeat("x", padding)))
		require.NoError(t, err)
		return fmt.Sprintf(`{"model":[{"model":"m","provider":"openai","extra_args":%s}]}`, args)
	}
	fits := func(env codertest.Environ, padding int) bool {
		_, diags := newInProcess(t, env).plan(t, skip, config(padding))
		if failed(diags) {
			assert.Contains(t, said(diags), "ERROR: Settings Too Large")
			assert.Contains(t, said(diags), "131072", "the limit")
		}
		return !failed(diags)
	}
	largest := sort.Search(128<<10, func(padding int) bool { return !fits(build, padding+1) })
	require.Greater(t, largest, 64<<10)
	_, diags := newInProcess(t, build).apply(t, skip, config(largest))
	assert.False(t, failed(diags), "what a plan takes, an apply takes")
	noToken := build.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	for name, env := range map[string]codertest.Environ{
		"import":   noToken.With("CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""),
		"dry run":  noToken.With("CODER_WORKSPACE_BUILD_ID", ""),
		"prebuild": build.With("CODER_WORKSPACE_IS_PREBUILD", "true"),
	} {
		assert.True(t, fits(env, largest), name)
		assert.False(t, fits(env, largest+1), name)
	}
	_, diags = newInProcess(t, noToken.With("CODER_WORKSPACE_TRANSITION", "stop")).apply(t, skip, config(largest+1))
	assert.False(t, failed(diags), "a stop")
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
	imported := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	for _, env := range []codertest.Environ{imported, imported.With("CODER_WORKSPACE_TRANSITION", "stop"), s.WorkspaceStart()} {
		assert.Contains(t, c.run(t, env, "plan", "-no-color"), "# "+each+" will be created")
	}
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	assert.Contains(t, c.run(t, stop, "plan", "-no-color"), "Plan: 0 to add, 2 to change, 0 to destroy.")
}
