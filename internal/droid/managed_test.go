package droid

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A managed file holds no token, except in the header of a personal key, in which Droid expands nothing.
func TestRenderManaged(t *testing.T) {
	t.Parallel()
	managed := Gateway{URL: gateway.URL, Token: gateway.Token, TokenVariable: "MODELS_TOKEN"}
	doc := Settings{
		Namespace: "coder", DefaultModel: "m",
		Models: []Model{
			{Model: "m", Provider: Anthropic},
			{Model: "mine", Provider: OpenAI, APIKey: "${MY_KEY}"},
			{Model: "o", Provider: Generic, BaseURL: "https://o/v1", APIKey: "k"},
		},
		Managed: Managed{GatewayOnly: true, Settings: map[string]json.RawMessage{
			"zeta": json.RawMessage(`[1, "<"]`), "hooks": json.RawMessage(`{}`),
			"sessionDefaultSettings": json.RawMessage(`{"specModeModel":"custom:coder/m","autonomy":"low"}`),
			"modelPolicy":            json.RawMessage(`{"note":1}`),
		}},
	}.Render(managed)
	exactly(t, `{
  "customModels": [
    {
      "model": "m",
      "id": "custom:coder/m",
      "index": 0,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/anthropic",
      "apiKeyHelper": "printenv MODELS_TOKEN",
      "displayName": "m (Coder AI Gateway)",
      "noImageSupport": false,
      "provider": "anthropic"
    },
    {
      "model": "mine",
      "id": "custom:coder/mine",
      "index": 1,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/openai/v1",
      "apiKey": "${MY_KEY}",
      "displayName": "mine (Coder AI Gateway)",
      "extraHeaders": {
        "X-Coder-AI-Governance-Token": "owner-token"
      },
      "noImageSupport": false,
      "provider": "openai"
    },
    {
      "model": "o",
      "id": "custom:coder/o",
      "index": 2,
      "baseUrl": "https://o/v1",
      "apiKey": "k",
      "displayName": "o",
      "noImageSupport": true,
      "provider": "generic-chat-completion-api"
    }
  ],
  "hooks": {},
  "modelPolicy": {
    "allowedBaseUrls": [
      "https://coder.example.com/api/v2/ai-gateway"
    ],
    "note": 1
  },
  "sessionDefaultSettings": {
    "autonomy": "low",
    "model": "custom:coder/m",
    "specModeModel": "custom:coder/m"
  },
  "zeta": [
    1,
    "<"
  ]
}`, doc)

	doc = Settings{
		Namespace: "coder",
		Managed:   Managed{Settings: map[string]json.RawMessage{"sessionDefaultSettings": json.RawMessage(`{"a":1}`)}},
	}.Render(managed)
	exactly(t, "{\n  \"customModels\": [],\n  \"sessionDefaultSettings\": {\n    \"a\": 1\n  }\n}", doc)
	doc = Settings{Namespace: "coder", Managed: Managed{GatewayOnly: true}}.Render(managed)
	assert.Contains(t, string(doc.Text), "allowedBaseUrls")
}

func TestCheckManagedSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                             "",
		`{"hooks":{},"modelPolicy":{}}`:  "",
		`[]`:                             "must be a JSON object",
		`{"customModels":[]}`:            "must not hold customModels",
		`{"sessionDefaultSettings":"x"}`: "must have an object in sessionDefaultSettings",
		`{"modelPolicy":[]}`:             "must have an object in modelPolicy",
	} {
		err := CheckManagedSettings(text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
	both := Managed{GatewayOnly: true, Settings: map[string]json.RawMessage{
		"sessionDefaultSettings": json.RawMessage(`{"model":"x"}`), "modelPolicy": json.RawMessage(`{"allowedBaseUrls":[]}`),
	}}
	require.ErrorContains(t, both.CheckTogether(true), "because default_model is set")
	require.ErrorContains(t, both.CheckTogether(false), "because gateway_only is set")
	both.GatewayOnly = false
	assert.NoError(t, both.CheckTogether(false))
	assert.NoError(t, Managed{}.CheckTogether(true))
}
