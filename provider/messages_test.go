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

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// refusals are the diagnostics for a configuration of the resource, as the provider hands them to Terraform.
func refusals(t *testing.T, config string) []*tfprotov6.Diagnostic {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(newWithEnv("test", environ{}.getenv)())()
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
		{"effort", `"model":"m","provider":"openai","reasoning_effort":"huge"`, "Invalid Attribute Value", `models[1].reasoning_effort must be one of "none",`},
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

// Neither a header of the provider's own calls is shown, nor an address with a password.
func TestProviderMessages(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(newWithEnv("test", environ{}.getenv)())()
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

// What Terraform prints of a configuration with a literal key, in the lines that Coder reads: not the key, and no line that its
// reader stops at.
func TestSourceStaysHidden(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	c := newCLI(t, "")
	head := read(t, c.dir, "main.tf")
	const readable = 64 * 1024
	filler := strings.Repeat("  { model = \"m\", provider = \"openai\", api_key = \""+strings.Repeat("sk-literal", 2500)+"\", extra_headers = { X-A = \"sk-literal\" } },\n", 3)
	require.Greater(t, len(filler), readable)
	for _, d := range []struct{ name, summary, models, rest string }{
		{"too large", "Settings Too Large", `  { model = "big", provider = "openai", extra_args = jsonencode({ x = "` + strings.Repeat("x", 98500) + `" }), api_key = "sk-literal" },` + "\n", ""},
		{"two of a name", "Duplicate Model Name", filler, ""},
		{"protocol", "Unknown Protocol", `  { model = "m", provider = "bedrock", api_key = "sk-literal" },` + "\n" + filler, ""},
		{"key", "Invalid Attribute Value", `  { model = "m", provider = "openai", api_key = "sk-literal\n" },` + "\n" + filler, ""},
		{"extra args", "Invalid Attribute Value", `  { model = "m", provider = "openai", extra_args = "sk-literal" },` + "\n" + filler, ""},
		{"default", "Unknown Default Model", "  { model = \"m\", provider = \"openai\", api_key = \"sk-literal\" },\n", `default_model = "` + strings.Repeat("d", 70000) + `"`},
	} {
		write(t, c.dir+"/main.tf", head+"resource \"factory_custom_models\" \"droid\" {\nmodels = [\n"+d.models+"]\n"+d.rest+"\n}\n")
		out, err := c.try(start(s), "plan", "-json")
		require.Error(t, err, d.name)
		assert.Contains(t, out, "Error: "+d.summary, d.name)
		if strings.Contains(out, "sk-literal") {
			assert.Fail(t, "the key is shown", d.name)
		}
		for _, line := range strings.Split(out, "\n") {
			assert.Less(t, len(line), readable, d.name)
		}
	}
}

// A list that no start could deliver is refused when the template is imported, where there is no token yet.
func TestTooLargeAtImport(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	build := start(s).with("CODER_AGENT_URL", "https://coder.example.com", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "abcdefghij-abcdefghijklmnopqrstuv")
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
		const id = len("00000000-0000-0000-0000-000000000000:")
		return (128*1024-len(variable)-id)/4*3 - len(document)
	}()
	for name, env := range map[string]environ{
		"import":   build.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", ""),
		"dry run":  build.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_BUILD_ID", ""),
		"prebuild": build.with("CODER_WORKSPACE_IS_PREBUILD", "true"),
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
			build.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_TRANSITION", "stop"),
			resource.TestStep{Config: config(largest + 1)},
		)}})
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

// A value that is known only at apply is checked there, before anything is written.
func TestCheckedAtApply(t *testing.T) {
	t.Parallel()
	needs(t, "v1.4.0", "terraform_data")
	s := deploymenttest.New(t)
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
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(start(s), resource.TestStep{Config: config, ExpectError: saying(c.want)})}})
	}
	assert.Empty(t, s.Requests(), "calls")
}

// An address that has what the provider appends is refused, wherever it comes from, and the message says what to write.
func TestDoubledPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, block string
		env         environ
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
		{"CODER_AGENT_URL", "", environ{"CODER_AGENT_URL": "https://coder.example.com/api/v2/ai-gateway/openai/v1"}, "The environment variable CODER_AGENT_URL is not usable as access_url: it must be the root of the Coder deployment, without /api/v2: write https://coder.example.com."},
		{"CODER_URL", "", environ{"CODER_URL": "https://coder.example.com/api/v2/aibridge"}, "The environment variable CODER_URL is not usable as access_url: it must be the root of the Coder deployment, without /api/v2: write https://coder.example.com."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := environ{"CODER_SESSION_TOKEN": "t"}
			for name, value := range c.env {
				env[name] = value
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(env, resource.TestStep{
				Config: "provider \"factory\" {\n" + c.block + "\n}\n" + oneModel, PlanOnly: true, ExpectError: saying(c.want),
			})}})
		})
	}
}
