package droid

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func with(attribute string, value any) Values {
	v := Values{"model": "m", "provider": OpenAI}
	v[attribute] = value
	return v
}

// One bad value is one problem, and an unknown or a null one is none. What the messages say is tested where they come out.
func TestCheckModels(t *testing.T) {
	t.Parallel()
	for attribute, bad := range map[string]any{
		"model": "", "provider": "bedrock", "name": "a b", "display_name": "a\nb", "gateway_provider": "Open AI", "api_key": "k\n",
		"base_url": "h/v1", "max_output_tokens": int64(0), "max_context_limit": int64(-1), "thinking_max_tokens": int64(0),
		"reasoning_effort": "huge", "extra_headers": map[string]any{"X A": "b"}, "extra_args": "[]",
	} {
		_, _, problems := CheckModels([]Values{with(attribute, bad)})
		if assert.Len(t, problems, 1, attribute) {
			assert.Contains(t, problems[0].Cause, "models[0]."+attribute)
		}
		for _, absent := range []any{nil, Unknown} {
			_, _, problems = CheckModels([]Values{with(attribute, absent)})
			assert.Empty(t, problems, attribute)
		}
	}
}

func TestCheckModelsNames(t *testing.T) {
	t.Parallel()
	names, complete, problems := CheckModels([]Values{with("name", "a"), with("name", nil), with("name", "a")})
	assert.Equal(t, map[string]int{"a": 0, "m": 1}, names)
	assert.True(t, complete)
	require.Len(t, problems, 1)
	assert.Equal(t, "Duplicate Model Name", problems[0].Summary)
	for _, incomplete := range []Values{nil, with("name", Unknown), with("model", Unknown)} {
		_, complete, problems = CheckModels([]Values{incomplete, with("name", "a")})
		assert.False(t, complete)
		assert.Empty(t, problems)
	}
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

func TestWarnings(t *testing.T) {
	t.Parallel()
	claude := Values{"model": "claude-sonnet-4-5", "provider": Anthropic, "max_output_tokens": int64(8192)}
	require.Len(t, claude.Warnings("models[0]"), 1)
	assert.True(t, claude.Warnings("models[0]")[0].Warning)
	claude["enable_thinking"] = Unknown
	assert.Empty(t, claude.Warnings("models[0]"), "it may come to be false")
	assert.Len(t, with("base_url", "https://h").Warnings("models[0]"), 1)
	assert.Empty(t, with("base_url", "https://h/v1").Warnings("models[0]"))
	assert.Empty(t, with("base_url", Unknown).Warnings("models[0]"))
}
