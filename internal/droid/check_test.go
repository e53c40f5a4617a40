package droid

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func with(attribute string, value any) Values {
	v := Values{"model": "m", "provider": OpenAI}
	v[attribute] = value
	return v
}

// One bad value is one problem that names model and attribute. An unknown or null one is none.
func TestCheckModels(t *testing.T) {
	t.Parallel()
	for attribute, bad := range map[string]any{
		"model": "", "provider": "bedrock", "name": "a b", "display_name": "a\nb", "gateway_provider": "Open AI",
		"api_key":  "k\n",
		"base_url": "h/v1", "max_output_tokens": int64(0), "max_context_limit": int64(-1), "thinking_max_tokens": int64(0),
		"reasoning_effort": "huge", "extra_headers": map[string]any{"X A": "b"}, "extra_args": "[]", "extra_fields": "[]",
	} {
		_, _, problems := CheckModels([]Values{with(attribute, bad)})
		if assert.Len(t, problems, 1, attribute) {
			assert.Regexp(t, `^model\[0\]( \(".+"\))?: .*\b`+attribute+`\b`, problems[0].Cause)
		}
		for _, absent := range []any{nil, Unknown} {
			_, _, problems = CheckModels([]Values{with(attribute, absent)})
			assert.Empty(t, problems, attribute)
		}
	}
}

// The commonest mistake is the name of a gateway provider in place of the API format.
func TestAPIFormatMessages(t *testing.T) {
	t.Parallel()
	const named = `For a gateway provider named %q, write gateway_provider = %[1]q, and in provider %s.`
	for word, advice := range map[string]string{
		"bedrock": fmt.Sprintf(named, "bedrock", `"anthropic"`),
		"google":  fmt.Sprintf(named, "google", `"generic-chat-completion-api"`),
		"vllm":    fmt.Sprintf(named, "vllm", "its API format"),
		"OpenAI":  `Write provider = "openai".`,
		"Open AI": "Write the API format that the model's server has.",
	} {
		_, _, problems := CheckModels([]Values{with("provider", word)})
		require.Len(t, problems, 1)
		assert.Equal(t, "Unknown API Format", problems[0].Summary)
		assert.Contains(t, problems[0].Cause, `"anthropic" (Messages), "openai" (Responses) or "generic-chat-completion-api"`)
		assert.Equal(t, advice, problems[0].Remedy)
	}
	outside := with("base_url", "https://h/v1")
	outside["provider"] = "bedrock"
	_, _, problems := CheckModels([]Values{outside})
	assert.Equal(t, "Write the API format that base_url serves.", problems[0].Remedy)
}

// One mistake is one problem, which says what to write.
func TestTogether(t *testing.T) {
	t.Parallel()
	both := with("base_url", "https://h/v1")
	both["gateway_provider"] = "x"
	anthropic := with("base_url", "https://h/v1")
	anthropic["provider"] = Anthropic
	for _, c := range []struct {
		values Values
		want   string
	}{
		{with("model", " gpt"), `model[0] (" gpt"): model must not begin or end with white space: write "gpt".`},
		{with("model", "a b"), `model[0] ("a b"): model also ends Droid's id of the model`},
		{both, `model[0] ("m"): gateway_provider and base_url are both set.`},
		{anthropic, `model[0] ("m"): base_url must not end in /v1 for provider anthropic`},
	} {
		_, _, problems := CheckModels([]Values{c.values})
		if assert.Len(t, problems, 1) {
			assert.Contains(t, problems[0].Cause, c.want)
		}
	}
}

func TestCheckModelsNames(t *testing.T) {
	t.Parallel()
	names, complete, problems := CheckModels([]Values{with("name", "b"), with("name", nil), with("name", "b")})
	assert.Equal(t, []string{"b", "m"}, names)
	assert.True(t, complete)
	require.Len(t, problems, 1)
	assert.Contains(t, problems[0].Cause, `model[0] ("b") and model[2] ("b") have the same name.`)
	for _, incomplete := range []Values{nil, with("name", Unknown), with("model", Unknown)} {
		_, complete, problems = CheckModels([]Values{incomplete, with("name", "a")})
		assert.False(t, complete)
		assert.Empty(t, problems)
	}
}

func TestCheckDefault(t *testing.T) {
	t.Parallel()
	names := []string{"a", "openai/b"}
	for want, remedy := range map[string]string{
		"a":                     "",
		"a b":                   "", // refused for the white space
		"c":                     `The names are "a" and "openai/b".`,
		"custom:coder/openai/b": `Write default_model = "openai/b".`,
		"custom:coder/c":        `The names are "a" and "openai/b".`,
	} {
		p := CheckDefault(want, names)
		if remedy == "" {
			assert.Nil(t, p, want)
		} else if assert.NotNil(t, p, want) {
			assert.Equal(t, remedy, p.Remedy)
			assert.Contains(t, p.Cause, want)
		}
	}
	assert.Equal(t, "Add a model block with that name, or remove default_model.", CheckDefault("a", nil).Remedy)
}

func TestCheckHeaders(t *testing.T) {
	t.Parallel()
	problems := CheckHeaders("headers", map[string]any{"X-A": "b", "X-B": nil, "X-C": Unknown, "X-D": "é", "X E": "f"})
	require.Len(t, problems, 3)
	assert.Contains(t, problems[0].Cause, "A name in headers must be an HTTP header's name")
	assert.Equal(t, `headers["X-B"] must not be null.`, problems[1].Cause)
	assert.Contains(t, problems[2].Cause, `headers["X-D"] must be printable ASCII`)
	assert.Empty(t, CheckHeaders("headers", Unknown))
	assert.Empty(t, CheckHeaders("headers", nil))
}

// A warning comes once, with all models that it concerns.
func TestWarnings(t *testing.T) {
	t.Parallel()
	claude := func(thinks any) Values {
		return Values{
			"model": "claude-sonnet-4-5", "provider": Anthropic, "max_output_tokens": int64(8192), "enable_thinking": thinks,
		}
	}
	gpt := with("max_output_tokens", int64(1))
	sent := with("max_output_tokens", int64(1))
	sent["extra_args"] = `{"max_output_tokens":1}`
	outside := with("base_url", "https://h")
	outside["api_key"] = "k"
	for _, c := range []struct {
		summary string
		managed bool
		models  []Values
		cause   string // how it begins, if there is a warning
	}{
		{"Output Limit Raised by Droid", false, []Values{claude(nil), nil, claude(true)},
			`model[0] ("claude-sonnet-4-5") and model[2] (`},
		{"", false, []Values{claude(false), claude(Unknown)}, ""},
		{"Output Limit Not Sent by Droid", false, []Values{gpt}, `model[0] ("m"): Droid does not send max_output_tokens`},
		{"", false, []Values{sent}, ""},
		{"Base URL Without Version", true, []Values{outside}, `model[0] ("m"): base_url`},
		{"", false, []Values{with("base_url", "https://h/v1"), with("base_url", Unknown)}, ""},
		{"Token in the Managed File", true, []Values{with("api_key", "k")}, `model[0] ("m"): api_key`},
		{"", false, []Values{with("api_key", "k")}, ""},
	} {
		problems := Warnings(c.models, c.managed)
		if c.cause == "" {
			assert.Empty(t, problems)
		} else if assert.Len(t, problems, 1, c.cause) {
			assert.Equal(t, c.summary, problems[0].Summary)
			assert.Contains(t, problems[0].Cause, c.cause)
			assert.True(t, problems[0].Warning)
		}
	}
}
