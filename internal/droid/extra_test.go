package droid

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Further fields stand where Droid writes them, and what Droid is not known to read follows at the end.
func TestExtraFields(t *testing.T) {
	t.Parallel()
	text := Settings{Namespace: "coder", Models: []Model{
		{
			Model:     "m",
			Provider:  Anthropic,
			ExtraArgs: json.RawMessage("{}"),
			ExtraFields: json.RawMessage(
				`{"zeta":"<&>","useInRouter":true,"later":{"b":1,"a":12345678901234567890},"bedrock":{"awsRegion":"eu-west-1"},
			"apiKeyHelperTtlMs":60000,"authMode":"bearer","baseModelId":"claude","fileEditToolProfile":"apply-patch"}`,
			),
		},
	}}.Render(gateway)
	exactly(t, `{
  "customModels": [
    {
      "model": "m",
      "id": "custom:coder/m",
      "index": 0,
      "baseUrl": "https://coder.example.com/api/v2/ai-gateway/anthropic",
      "apiKey": "owner-token",
      "apiKeyHelperTtlMs": 60000,
      "authMode": "bearer",
      "displayName": "m (Coder AI Gateway)",
      "extraArgs": {},
      "bedrock": {
        "awsRegion": "eu-west-1"
      },
      "baseModelId": "claude",
      "useInRouter": true,
      "fileEditToolProfile": "apply-patch",
      "noImageSupport": false,
      "provider": "anthropic",
      "later": {
        "b": 1,
        "a": 12345678901234567890
      },
      "zeta": "<&>"
    }
  ]
}`, text)
}

func TestCheckExtraFields(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`{}`:                                   "",
		`{"authMode":"bearer","anything":[1]}`: "",
		`[]`:                                   "must be a JSON object",
		`null`:                                 "must be a JSON object",
		`{"apiKey":"k"}`:                       "must not hold apiKey, which is set with the attribute api_key",
		`{"maxOutputTokens":1}`:                "which is set with the attribute max_output_tokens",
		`{"id":"custom:x"}`:                    "must not hold id, which is the provider's own",
		`{"apiKeyHelper":"x"}`:                 "must not hold apiKeyHelper, which is the provider's own",
		`{"authMode":1}`:                       "must have a string in authMode",
		`{"bedrock":"x"}`:                      "must have an object in bedrock",
		`{"useInRouter":"yes"}`:                "must have true or false in useInRouter",
		`{"apiKeyHelperTtlMs":"x"}`:            "must have a whole number above 0 in apiKeyHelperTtlMs",
		`{"apiKeyHelperTtlMs":0}`:              "must have a whole number above 0 in apiKeyHelperTtlMs",
		`{"later":null}`:                       `must not be null in "later"`,
	} {
		err := CheckExtraFields(fields)
		if want == "" {
			require.NoError(t, err, fields)
			continue
		}
		assert.ErrorContains(t, err, want, fields)
	}
}
