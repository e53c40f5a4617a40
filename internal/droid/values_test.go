package droid

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

var everyValue = Values{
	"model": "m", "provider": "openai", "name": "n", "display_name": "N", "gateway_provider": "eu", "api_key": "k",
	"base_url":          "https://h/v1",
	"max_output_tokens": int64(1), "max_context_limit": int64(2), "thinking_max_tokens": int64(3),
	"no_image_support": false,
	"enable_thinking":  true, "reasoning_effort": "low", "extra_headers": map[string]any{"X-A": "b", "X-B": Unknown},
	"extra_args": `{"a":1}`,
}

func TestValuesModel(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Model{
		Model: "m", Provider: "openai", Name: "n", DisplayName: "N", GatewayProvider: "eu", APIKey: "k",
		BaseURL:         "https://h/v1",
		MaxOutputTokens: ptr(int64(1)), MaxContextLimit: ptr(int64(2)), ThinkingMaxTokens: ptr(int64(3)),
		NoImageSupport: ptr(false),
		EnableThinking: ptr(true), ReasoningEffort: "low", ExtraHeaders: map[string]string{"X-A": "b"},
		ExtraArgs: json.RawMessage(`{"a":1}`),
	}, everyValue.Model())
	for _, nothing := range []any{nil, Unknown} {
		values := Values{}
		for attribute := range everyValue {
			values[attribute] = nothing
		}
		assert.Equal(t, Model{}, values.Model())
	}
}

// A rule in a tag that does not exist would check nothing.
func TestRulesExist(t *testing.T) {
	t.Parallel()
	model := reflect.TypeFor[Model]()
	used := make(map[string]bool)
	for i := range model.NumField() {
		if rule, found := model.Field(i).Tag.Lookup("rule"); found {
			assert.Contains(t, rules, rule)
			used[rule] = true
		}
	}
	assert.Len(t, used, len(rules), "a rule that no field has")
}
