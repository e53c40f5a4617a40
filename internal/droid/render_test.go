package droid

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ptr[T any](v T) *T { return &v }

var gateway = Gateway{URL: "https://coder.example.com/api/v2/ai-gateway", Token: "owner-token"}

// exactly compares a document byte for byte: the order and the layout are Droid's.
func exactly(t *testing.T, want string, document Document) {
	t.Helper()
	assert.Equal(t, want, string(document.Text))
}

func TestRender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		settings Settings
		gateway  Gateway
		want     string
	}{
		{"no models", Settings{Namespace: "coder"}, gateway, "{\n  \"customModels\": []\n}"},
		{
			"every field, in Droid's order",
			Settings{Namespace: "team", DefaultModel: "sonnet", Models: []Model{{
				Model: "claude-sonnet-4-5-20250929", Provider: Anthropic, Name: "sonnet", DisplayName: "Sonnet",
				GatewayProvider: "anthropic-eu",
				APIKey:          "${ANTHROPIC_API_KEY}", MaxOutputTokens: ptr(int64(32000)), MaxContextLimit: ptr(int64(200000)),
				ThinkingMaxTokens: ptr(int64(1024)), NoImageSupport: ptr(true), EnableThinking: ptr(false), ReasoningEffort: "high",
				ExtraHeaders: map[string]string{"X-B": "2", "X-A": "<&>"},
				ExtraArgs:    json.RawMessage(`{"b":12345678901234567890,"a":[1.50,{}]}`),
			}}},
			gateway,
			`{
  "customModels": [
    {
      "model": "claude-sonnet-4-5-20250929",
      "id": "custom:team/sonnet",
      "index": 0,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/anthropic-eu",
      "apiKey": "${ANTHROPIC_API_KEY}",
      "displayName": "Sonnet",
      "maxContextLimit": 200000,
      "enableThinking": false,
      "thinkingMaxTokens": 1024,
      "maxOutputTokens": 32000,
      "reasoningEffort": "high",
      "extraHeaders": {
        "X-A": "<&>",
        "X-B": "2",
        "X-Coder-AI-Governance-Token": "owner-token"
      },
      "extraArgs": {
        "b": 12345678901234567890,
        "a": [
          1.50,
          {}
        ]
      },
      "noImageSupport": true,
      "provider": "anthropic"
    }
  ],
  "sessionDefaultSettings": {
    "model": "custom:team/sonnet"
  }
}`,
		},
		{
			"the three protocols through the gateway",
			Settings{Namespace: "coder", Models: []Model{
				{
					Model: "a", Provider: Anthropic}, {Model: "b", Provider: OpenAI}, {Model: "c", Provider: Generic,
					GatewayProvider: "vllm",
				},
			}},
			gateway,
			`{
  "customModels": [
    {
      "model": "a",
      "id": "custom:coder/a",
      "index": 0,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/anthropic",
      "apiKey": "owner-token",
      "displayName": "a (Coder AI Gateway)",
      "noImageSupport": false,
      "provider": "anthropic"
    },
    {
      "model": "b",
      "id": "custom:coder/b",
      "index": 1,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/openai/v1",
      "apiKey": "owner-token",
      "displayName": "b (Coder AI Gateway)",
      "noImageSupport": false,
      "provider": "openai"
    },
    {
      "model": "c",
      "id": "custom:coder/c",
      "index": 2,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/vllm/v1",
      "apiKey": "owner-token",
      "displayName": "c (Coder AI Gateway)",
      "noImageSupport": true,
      "provider": "generic-chat-completion-api"
    }
  ]
}`,
		},
		{
			"without a token only models outside the gateway, and no default that is left out",
			Settings{Namespace: "coder", DefaultModel: "a", Models: []Model{
				{Model: "a", Provider: Anthropic},
				{Model: "b", Provider: OpenAI, APIKey: "personal"},
				{Model: "local", Provider: Generic, BaseURL: "http://127.0.0.1:11434/v1"},
			}},
			Gateway{URL: gateway.URL},
			`{
  "customModels": [
    {
      "model": "local",
      "id": "custom:coder/local",
      "index": 0,
      "baseUrl": "http://127.0.0.1:11434/v1",
      "displayName": "local",
      "noImageSupport": true,
      "provider": "generic-chat-completion-api"
    }
  ]
}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			exactly(t, c.want, c.settings.Render(c.gateway))
		})
	}
}

func TestRenderOutsideTheGatewayHoldsNoToken(t *testing.T) {
	t.Parallel()
	got := Settings{Namespace: "coder", Models: []Model{
		{
			Model:        "m",
			Provider:     OpenAI,
			APIKey:       "vendor-key",
			BaseURL:      "https://api.example.com/v1",
			ExtraHeaders: map[string]string{"X-A": "b"},
		},
	}}.Render(gateway)
	assert.Contains(t, string(got.Text), "vendor-key")
	assert.NotContains(t, string(got.Text), gateway.Token)
	assert.NotContains(t, string(got.Text), GovernanceHeader)
}

// Values that would break out of JSON, a shell or awk come back as they went in.
func TestRenderHostileValues(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		`"quotes" and 'quotes'`, "$(touch x) `touch y` ${HOME}", `back\slash \u2028 \\u2028`, "%s & && || ;", "emoji 😀",
		"<script>",
	} {
		text := Settings{
			Namespace: "coder",
			Models:    []Model{{Model: value, Provider: OpenAI, Name: "n", DisplayName: value}},
		}.Render(gateway)
		var doc struct{ CustomModels []Model }
		require.NoError(t, json.Unmarshal(text.Text, &doc))
		assert.Equal(t, value, doc.CustomModels[0].Model)
		assert.Equal(t, value, doc.CustomModels[0].DisplayName)
		assert.NotContains(t, string(text.Text), `\u003c`, "Droid does not escape < either")
	}
}
