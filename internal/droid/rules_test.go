package droid

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	anthropicURL := func(s string) error { return CheckBaseURL(Anthropic, s) }
	openaiURL := func(s string) error { return CheckBaseURL(OpenAI, s) }
	for _, c := range []struct {
		name      string
		check     func(string) error
		good, bad []string
	}{
		{"text", CheckText, []string{"a b", "é😀", "$(x)"}, []string{"", "a\x00b", "a\nb", "\xff", "\u0085"}},
		{"trimmed text", checkTrimmed, []string{"a b"}, []string{"", " a", "a ", "\ta", " "}},
		{"name", CheckName, []string{"a/b:c", "'\"`$\\"}, []string{"", "a b", "a\tb", "a\x00", "é", "a\u00a0b", "a\u2028b"}},
		{"header name", CheckHeaderName, []string{"X-A", "x_a.b!"}, []string{"", "X A", "X:A", "é", "X\r\nY",
			"x-coder-ai-governance-TOKEN"}},
		{"header value", CheckHeaderValue, []string{"", "a b ~", "$(x)"}, []string{"a\r\nX-B: c", "é", "a\x00", "\x7f",
			"a\tb"}},
		{"key", CheckKey, []string{"", "sk-ant-1", "${VAR}", "a'b\"c"}, []string{"a b", "a\n", "é", "a\x00"}},
		{"API key", checkAPIKey, []string{"", "sk-$1", "${VAR}", "x$VAR"}, []string{"$VAR", "$_", "a b"}},
		{"settings path", CheckSettingsPath, []string{"/a", "~/a"}, []string{"", "a", "~a", "/a/", "/a\x00", `C:\a`}},
		{"extra args", CheckObject, []string{"{}", `{"a":{"b":[1]}}`}, []string{"", "[]", "null", "7", `"x"`, "{",
			`{"a":1}x`}},
		{"instance", CheckSlug, []string{"openai", "a-1-b", "0"}, []string{"", "A", "a_b", "-a", "a-", "a--b", "a/b",
			strings.Repeat("a", 64)}},
		{
			"URL", CheckURL,
			[]string{"https://coder.example.com", "http://127.0.0.1:3000/", "https://h/p/q", "https://[::1]:8443"},
			[]string{
				"", "coder.example.com", "ftp://h", "https://", "https:///p", "https://:8443", "https://h?x=1", "https://h?",
				"https://h#f", "https://${HOST}",
				"https://h/$%7B/${x}", "https://u:p@h", "https://h h", "https://h/é", "https://h\n", "%", "//h", "javascript:x",
			},
		},
		{
			"access URL", CheckAccessURL,
			[]string{"https://coder.example.com", "http://h:3000/"},
			[]string{"h", "https://h/coder/", "https://h/api/v2", "https://h/api/v2/ai-gateway/"},
		},
		{
			"gateway URL", CheckGatewayURL,
			[]string{
				"https://gw.example.com", "https://gw/", "https://gw/ai", "https://openai", "https://v1/", "https://messages",
				"https://gw/models", "https://gw/azure",
				"https://h/api/v2/ai-gateway", "https://h/api/v2/aibridge/",
			},
			[]string{
				"h", "https://gw/anthropic", "https://gw/openai/", "https://gw/v1", "https://gw/vllm/v1",
				"https://gw/ai/anthropic/v1/messages",
				"https://gw/openai/v1/models", "https://gw//openai", "https://h/api/v2/ai-gateway/vllm",
				"https://h/api/v2/aibridge/openai/v1",
			},
		},
		{"protocol", CheckProvider, Providers(), []string{"", "bedrock", "OpenAI", "google"}},
		{"effort", CheckEffort, []string{"none", "max"}, []string{"", "huge", "Low"}},
		{
			"anthropic base URL", anthropicURL,
			[]string{"https://api.anthropic.com", "https://h/anthropic/", "https://h/v1/anthropic"},
			[]string{"https://api.anthropic.com/v1", "https://api.anthropic.com/v1/", "https://h/v1/messages", "h"},
		},
		{
			"openai base URL", openaiURL, []string{"https://api.openai.com/v1", "https://h/openai",
				"http://127.0.0.1:11434/v1/"},
			[]string{"https://h/v1/chat/completions", "https://h/v1/responses/"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range c.good {
				require.NoError(t, c.check(s), "%q", s)
			}
			for _, s := range c.bad {
				if err := c.check(s); assert.Error(t, err, "%q", s) {
					assert.Regexp(t, "^must ", err.Error())
				}
			}
		})
	}
}

func TestRaisesOutput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model    string
		provider string
		limit    int64
		thinking *bool
		want     bool
	}{
		{"claude-sonnet-4-5-20250929", Anthropic, 8192, nil, true},
		{"claude-sonnet-4-5-20250929", Anthropic, 24576, nil, true},
		{"claude-sonnet-4-5-20250929", Anthropic, 24577, nil, false},
		{"claude-sonnet-4-5-20250929", Anthropic, 8192, ptr(false), false},
		{"claude-haiku-4-5", Anthropic, 8192, nil, true},
		{"claude-opus-4-5", Anthropic, 8192, nil, true},
		{"claude-3-5-sonnet", Anthropic, 8192, nil, false},
		{"claude-3-7-sonnet", Anthropic, 8192, ptr(true), true},
		{"claude-sonnet-4-5", OpenAI, 8192, nil, false},
	} {
		m := Model{Model: c.model, Provider: c.provider, MaxOutputTokens: &c.limit, EnableThinking: c.thinking}
		assert.Equal(t, c.want, m.RaisesOutput(), "%+v", c)
	}
	assert.False(t, Model{Model: "claude-sonnet-4-5", Provider: Anthropic}.RaisesOutput())
}

// What a message says to write is taken.
func TestRootIsTaken(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, CheckAccessURL("https://h:3000/coder/api/v2/ai-gateway"), ": write https://h:3000")
	assert.NoError(t, CheckAccessURL("https://h:3000"))
}
