package provider

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Each bad value is refused at plan, with its place.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	models := func(objects ...string) string { return "models = [" + strings.Join(objects, ", ") + "]" }
	model := func(attributes string) string {
		return models(`{ model = "m", provider = "openai", ` + attributes + ` }`)
	}
	for _, c := range []struct{ name, body, want string }{
		{"no models", ``, "No Models Wanted"},
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
		{"effort", model(`reasoning_effort = "huge"`), "models[0].reasoning_effort must be \"none\","},
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
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{
				Config:      "resource \"factory_custom_models\" \"droid\" {\n" + c.body + "\n}\n",
				PlanOnly:    true,
				ExpectError: saying(c.want),
			})}})
		})
	}
}

// A value that is known only at apply is checked there, before anything is written.
func TestCheckedAtApply(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct{ value, models, rest, want string }{
		{`"bedrock"`, `[{ model = "good", provider = "openai" }, { model = "m", provider = LATER }]`, "", `models[1].provider is "bedrock"`},
		{`"https://h/v1"`, `[{ model = "m", provider = "anthropic", base_url = LATER }]`, "", "models[0].base_url must not end in /v1"},
		{`"A b"`, `[]`, "namespace = LATER", "namespace must be lower-case letters and digits"},
		{`"other"`, `[{ model = "m", provider = "openai" }]`, "default_model = LATER", `No model in the list is named "other"`},
	} {
		config := strings.ReplaceAll(`
resource "terraform_data" "later" { input = `+c.value+` }
resource "factory_custom_models" "droid" {
  models = `+c.models+`
  `+c.rest+`
}
`, "LATER", "terraform_data.later.output")
		resource.UnitTest(t, resource.TestCase{TerraformVersionChecks: withData, Steps: []resource.TestStep{
			in(s.WorkspaceStart(), resource.TestStep{Config: config, ExpectError: saying(c.want)}),
		}})
	}
	assert.Empty(t, s.Requests(), "calls")
}

// refusals are the diagnostics for a configuration of the resource, as the provider hands them to Terraform.
func refusals(t *testing.T, config string) []*tfprotov6.Diagnostic {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(newWithEnv("test", codertest.Environ{}.Getenv)())()
	require.NoError(t, err)
	resp, err := server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "factory_custom_models", Config: &tfprotov6.DynamicValue{JSON: []byte(config)},
	})
	require.NoError(t, err)
	return resp.Diagnostics
}

// A message about a model says which one, in Terraform's words, and has no path: Terraform prints the source that a path leads
// to, and that may hold a key.
func TestModelMessages(t *testing.T) {
	t.Parallel()
	good := `{"model":"good","provider":"openai","api_key":"sk-literal"}`
	for _, c := range []struct{ name, model, summary, detail string }{
		{"empty model", `"model":"","provider":"openai"`, "Invalid Attribute Value", "models[1].model must not be empty."},
		{"model with white space", `"model":"a b","provider":"openai"`, "Model Needs a Name", "models[1].model ends Droid's id of the model where name is not set"},
		{"name", `"model":"m","provider":"openai","name":"a b"`, "Invalid Attribute Value", "models[1].name must be printable ASCII without white space"},
		{"display name", `"model":"m","provider":"openai","display_name":"a\nb"`, "Invalid Attribute Value", "models[1].display_name must not hold a control character."},
		{"gateway provider", `"model":"m","provider":"openai","gateway_provider":"Open AI"`, "Invalid Attribute Value", "models[1].gateway_provider must be lower-case letters and digits"},
		{"gateway provider outside the gateway", `"model":"m","provider":"openai","gateway_provider":"x","base_url":"https://h/v1"`, "Invalid Attribute Combination", "models[1] has both gateway_provider and base_url."},
		{"key", `"model":"m","provider":"openai","api_key":"sk-literal\n"`, "Invalid Attribute Value", "models[1].api_key must be printable ASCII without white space"},
		{"base URL", `"model":"m","provider":"openai","base_url":"h/v1"`, "Invalid Attribute Value", "models[1].base_url must begin with https:// or http://."},
		{"base URL with /v1", `"model":"m","provider":"anthropic","base_url":"https://h/v1"`, "Base URL Droid Would Not Reach", "models[1].base_url must not end in /v1 for provider anthropic"},
		{"base URL without version", `"model":"m","provider":"openai","base_url":"https://h"`, "Base URL Without Version", "models[1].base_url has no version at its end."},
		{"output limit", `"model":"m","provider":"openai","max_output_tokens":0`, "Invalid Attribute Value", "models[1].max_output_tokens must be at least 1."},
		{"context limit", `"model":"m","provider":"openai","max_context_limit":-1`, "Invalid Attribute Value", "models[1].max_context_limit must be at least 1."},
		{"thinking limit", `"model":"m","provider":"openai","thinking_max_tokens":0`, "Invalid Attribute Value", "models[1].thinking_max_tokens must be at least 1."},
		{"raised limit", `"model":"claude-haiku-4-5","provider":"anthropic","max_output_tokens":8192`, "Output Limit Raised by Droid", "models[1].max_output_tokens is too low:"},
		{"effort", `"model":"m","provider":"openai","reasoning_effort":"huge"`, "Invalid Attribute Value", `models[1].reasoning_effort must be "none", "dynamic",`},
		{"header name", `"model":"m","provider":"openai","extra_headers":{"sk-literal key":"x"}`, "Invalid Attribute Value", "A name in models[1].extra_headers must be an HTTP header's name"},
		{"header value", `"model":"m","provider":"openai","extra_headers":{"X-A":"sk-literal\r\n"}`, "Invalid Attribute Value", `models[1].extra_headers["X-A"] must be printable ASCII`},
		{"null header", `"model":"m","provider":"openai","extra_headers":{"X-A":null}`, "Invalid Attribute Value", `models[1].extra_headers["X-A"] must not be null.`},
		{"extra args that are no object", `"model":"m","provider":"openai","extra_args":"[\"sk-literal\"]"`, "Invalid Attribute Value", "models[1].extra_args must be a JSON object"},
		{"extra args that are no JSON", `"model":"m","provider":"openai","extra_args":"sk-literal"`, "Invalid Attribute Value", "models[1].extra_args must be a JSON object"},
		{"two of a name", `"model":"m","provider":"openai","name":"good"`, "Duplicate Model Name", `models[0] and models[1] are both named "good".`},
		{"a long name", `"model":"` + strings.Repeat("é", 70000) + `","provider":"openai","name":"good"`, "Duplicate Model Name", `models[0] and models[1] are both named "good".`},
		{"a long word for the protocol", `"model":"m","provider":"` + strings.Repeat("x", 70000) + `"`, "Unknown Protocol", `models[1].provider is "xxx`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := refusals(t, `{"models":[`+good+`,{`+c.model+`}]}`)
			require.Len(t, got, 1)
			assert.Equal(t, c.summary, got[0].Summary)
			assert.Contains(t, got[0].Detail, c.detail)
			assert.Nil(t, got[0].Attribute, "a path")
			assert.NotContains(t, got[0].Detail, "sk-literal")
			assert.Less(t, len(got[0].Detail), 2000)
		})
	}
	t.Run("four bad models", func(t *testing.T) {
		t.Parallel()
		bad := `{"model":"m","provider":"anthropic","base_url":"https://h/v1"}`
		got := refusals(t, `{"models":[`+good+`,`+strings.Join([]string{bad, bad, good, bad}, ",")+`]}`)
		said := ""
		for _, d := range got {
			said += d.Detail + "\n"
			assert.Nil(t, d.Attribute)
		}
		for _, place := range []string{"models[1].base_url", "models[2].base_url", "models[4].base_url", "models[1] and models[2]", "models[0] and models[3]"} {
			assert.Contains(t, said, place)
		}
	})
}

// The commonest mistake: the name of a gateway provider where the protocol belongs.
func TestProtocolMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, model, advice string }{
		{"bedrock", `"provider":"bedrock"`, `For a gateway provider named "bedrock", write provider = "anthropic" and gateway_provider = "bedrock".`},
		{"azure", `"provider":"azure"`, `For a gateway provider named "azure", write provider = "openai" and gateway_provider = "azure".`},
		{"google", `"provider":"google"`, `For a gateway provider named "google", write provider = "generic-chat-completion-api" and gateway_provider = "google".`},
		{"another gateway provider", `"provider":"vllm"`, `If "vllm" is the name of a gateway provider, write gateway_provider = "vllm", and in provider the protocol that it speaks.`},
		{"capitals", `"provider":"OpenAI"`, `Write provider = "openai".`},
		{"no name", `"provider":"Open AI!"`, "Write the protocol that the model's API speaks."},
		{"outside the gateway", `"provider":"bedrock","base_url":"https://h/v1"`, "Write the protocol that the API at base_url speaks."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := refusals(t, `{"models":[{"model":"m",`+c.model+`}]}`)
			require.Len(t, got, 1)
			assert.Equal(t, "Unknown Protocol", got[0].Summary)
			assert.Contains(t, got[0].Detail, "models[0].provider is ")
			assert.Contains(t, got[0].Detail, `"anthropic" (Messages), "openai" (Responses) or "generic-chat-completion-api" (Chat Completions)`)
			assert.True(t, strings.HasSuffix(got[0].Detail, "\n\n"+c.advice), got[0].Detail)
		})
	}
}

// A scalar has its path, unless it is so long that the source it stands in may be too long for Coder's reader.
func TestScalarPaths(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 70000)
	for _, c := range []struct{ attribute, value, want string }{
		{"default_model", "other", `No model in the list is named "other".`},
		{"default_model", long, "No model in the list is named"},
		{"namespace", "A b", "namespace must be lower-case letters and digits"},
		{"namespace", long, "namespace must be lower-case letters and digits"},
		{"settings_path", "settings.json", "settings_path must be a file's path that begins with / or ~/."},
		{"settings_path", "/" + long, "settings_path must be at most 4096 bytes long."},
		{"local_path", "/tmp/", "local_path must be the path of a file."},
		{"local_path", long, "local_path must be at most 4096 bytes long."},
	} {
		got := refusals(t, fmt.Sprintf(`{"models":[{"model":"m","provider":"openai"}],%q:%q}`, c.attribute, c.value))
		require.Len(t, got, 1, c.attribute)
		assert.Contains(t, got[0].Detail, c.want)
		assert.Less(t, len(got[0].Detail), 2000)
		if len(c.value) > 1000 {
			assert.Nil(t, got[0].Attribute, c.attribute)
		} else {
			assert.Equal(t, tftypes.NewAttributePath().WithAttributeName(c.attribute), got[0].Attribute)
		}
	}
}
