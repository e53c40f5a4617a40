package coder

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func TestCatalog(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	limit, effort := int64(32000), "high"
	chosen := codertest.Offer("openai", "gpt-5.2", "GPT 5.2")
	chosen.IsDefault = true
	chosen.ModelConfig = &codersdk.ChatModelCallConfig{
		MaxOutputTokens: &limit, ReasoningEffort: &codersdk.ChatModelReasoningEffortConfig{Default: &effort},
	}
	disabled := codertest.Offer("openai", "gpt-4", "GPT 4")
	disabled.Enabled = false
	s.Catalog = append(s.Catalog, chosen, disabled, codertest.Offer("of-a-disabled-provider", "m", "M"))
	d := configOf(s).Resolve(context.Background())
	offers, p := configOf(s).Catalog(context.Background(), d)
	assert.Nil(t, p)
	assert.Equal(t, []Offer{
		{Instance: "anthropic", Type: "anthropic", Model: "claude-sonnet-4-5-20250929", DisplayName: "Claude Sonnet 4.5", ContextLimit: 200000},
		{Instance: "openai", Type: "openai", Model: "gpt-5.2-codex", DisplayName: "GPT 5.2 Codex", ContextLimit: 200000},
		{
			Instance: "openai", Type: "openai", Model: "gpt-5.2", DisplayName: "GPT 5.2", ContextLimit: 200000, MaxOutputTokens: 32000,
			ReasoningEffort: "high", Default: true,
		},
	}, offers)
	s.Catalog = []codersdk.ChatModelConfig{}
	offers, p = configOf(s).Catalog(context.Background(), d)
	assert.Nil(t, p)
	assert.Equal(t, []Offer{}, offers, "an empty list is an answer")
}

// From Coder 2.37 on, the list is that of an organisation.
func TestCatalogOfLaterReleases(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Build.Version = "v2.38.1+0a1b2c3"
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v2/organizations/default/chats/models" {
			return false
		}
		codertest.Answer(w, http.StatusOK, s.Catalog[:1])
		return true
	}
	d := configOf(s).Resolve(context.Background())
	offers, p := configOf(s).Catalog(context.Background(), d)
	assert.Nil(t, p)
	assert.Len(t, offers, 1)
}

// What can't be read is a problem and no list.
func TestCatalogProblems(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) func(*codertest.Server) {
		return func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/chats/") {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(strings.ReplaceAll(body, "TOKEN", s.Token)))
				return true
			}
		}
	}
	for _, c := range []struct {
		name    string
		spoil   func(*codertest.Server)
		summary string
		says    string
	}{
		{"older release", func(s *codertest.Server) { s.Catalog = nil }, "No Model Catalogue in This Release", "version v2.36.0"},
		{"no providers", func(s *codertest.Server) { s.Providers = nil }, "Model Catalogue Not Read", "did not say which gateway providers it has"},
		{"refused", answer(403, `{"message":"Forbidden TOKEN"}`), "Model Catalogue Not Read", "HTTP status 403: Forbidden (redacted)"},
		{"login page", answer(200, "<html>TOKEN</html>"), "Model Catalogue Not Read", "the answer is no list: invalid character '<'"},
		{"cut off", answer(200, `[{"model":"a",`), "Model Catalogue Not Read", "unexpected EOF"},
		{"null", answer(200, "null"), "Model Catalogue Not Read", "null instead of a list"},
		{"no id", answer(200, `[{"model":""}]`), "Model Catalogue Not Read", "one of its models has no id"},
		{"too large", answer(200, "["+strings.Repeat(" ", 10<<20)+"]"), "Model Catalogue Not Read", "larger than 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			c.spoil(s)
			d := configOf(s).Resolve(context.Background())
			offers, p := configOf(s).Catalog(context.Background(), d)
			assert.Nil(t, offers)
			require.NotNil(t, p)
			assert.Equal(t, c.summary, p.Summary)
			assert.Contains(t, p.Detail(), c.says)
			assert.NotContains(t, p.Detail(), s.Token)
		})
	}
}
