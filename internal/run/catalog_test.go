package run

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// entry is what a test looks at of an entry of customModels.
type entry struct {
	ID, BaseURL, Provider, DisplayName, ReasoningEffort, APIKey string
	MaxContextLimit, MaxOutputTokens                            int64
}

func entries(t *testing.T, document []byte) (list []entry, defaultModel string) {
	t.Helper()
	var doc struct {
		CustomModels           []entry
		SessionDefaultSettings struct{ Model string }
	}
	require.NoError(t, json.Unmarshal(document, &doc))
	return doc.CustomModels, doc.SessionDefaultSettings.Model
}

func offered(c Catalog, models ...droid.Model) Wanted {
	w := wanted(models...)
	if c.Source == "" {
		c.Source = FromCoder
	}
	w.Catalog = &c
	return w
}

// names are the ends of the ids.
func names(r Result) []string {
	out := []string{}
	for _, id := range r.ModelIDs {
		out = append(out, strings.TrimPrefix(id, "custom:coder/"))
	}
	return out
}

// kept tells whether models that are missing in the document stay in the workspace.
func kept(r Result) bool {
	return strings.HasPrefix(r.Env[delivery.Variable("coder")], ":"+string(delivery.Incomplete)+":")
}

// refusing has a server refuse the paths that contain a text.
func refusing(s *codertest.Server, what string, status int) {
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, what) {
			w.WriteHeader(status)
			return true
		}
		return false
	}
}

func TestCatalogEntries(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	limit, effort := int64(64000), "high"
	bedrock := codertest.Offer("bedrock", "anthropic.claude-opus", "Opus on Bedrock")
	bedrock.IsDefault = true
	bedrock.ModelConfig = &codersdk.ChatModelCallConfig{
		MaxOutputTokens: &limit, ReasoningEffort: &codersdk.ChatModelReasoningEffortConfig{Default: &effort},
	}
	s.Providers = append(s.Providers, codertest.Provider("bedrock", "bedrock"), codertest.Provider("gemini", "google"),
		codertest.Provider("copilot", "copilot"))
	s.Catalog = append(s.Catalog, bedrock, codertest.Offer("gemini", "gemini-3", ""),
		codertest.Offer("copilot", "gpt-5", "Copilot"), codertest.Offer("gemini", "gemini-3", "twice"))
	r := newRun(t, s.WorkspaceStart(), "")
	result, problems := r.Apply(
		offered(Catalog{}, droid.Model{Model: "claude-sonnet-4-5-20250929", Provider: droid.Anthropic, DisplayName: "Mine"}),
		nil,
	)
	require.Empty(t, problems)
	gw := s.URL + droid.GatewayPath
	list, def := entries(t, result.Document)
	assert.Equal(t, []entry{
		{
			ID:          "custom:coder/claude-sonnet-4-5-20250929",
			BaseURL:     gw + "/anthropic",
			Provider:    droid.Anthropic,
			DisplayName: "Mine",
			APIKey:      s.Token,
		},
		{
			ID:              "custom:coder/gpt-5.2-codex",
			BaseURL:         gw + "/openai/v1",
			Provider:        droid.OpenAI,
			DisplayName:     "GPT 5.2 Codex",
			APIKey:          s.Token,
			MaxContextLimit: 200000,
		},
		{
			ID:              "custom:coder/anthropic.claude-opus",
			BaseURL:         gw + "/bedrock",
			Provider:        droid.Anthropic,
			DisplayName:     "Opus on Bedrock",
			APIKey:          s.Token,
			MaxContextLimit: 200000,
			MaxOutputTokens: 64000,
			ReasoningEffort: "high",
		},
		{
			ID:              "custom:coder/gemini-3",
			BaseURL:         gw + "/gemini/v1",
			Provider:        droid.Generic,
			DisplayName:     "gemini-3 (Coder AI Gateway)",
			APIKey:          s.Token,
			MaxContextLimit: 200000,
		},
	}, list, "the template's own first, each model of a gateway provider once")
	assert.Equal(t, "custom:coder/anthropic.claude-opus", def)
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-5.2-codex", "anthropic.claude-opus", "gemini-3"},
		names(result))

	w := offered(Catalog{})
	w.DefaultModel = "gpt-5.2-codex"
	result, problems = r.Apply(w, nil)
	assert.Empty(t, problems)
	_, def = entries(t, result.Document)
	assert.Equal(t, "custom:coder/gpt-5.2-codex", def, "the author's choice counts")
	assert.Len(t, s.Requests(), 5, "the catalog is read once, too")
}

// A model that several gateway providers have goes by the provider's name as well.
func TestCatalogNames(t *testing.T) {
	t.Parallel()
	offers := []coder.Offer{
		{Provider: "openai", Type: "openai", Model: "gpt"}, {Provider: "azure", Type: "azure", Model: "gpt"},
		{Provider: "openai", Type: "openai", Model: "mini"}, {Provider: "azure", Type: "azure", Model: "taken"},
	}
	s := with(wanted(droid.Model{Model: "x", Name: "taken", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"},
		droid.Model{Model: "gpt", Name: "azure/gpt", Provider: droid.OpenAI}).Settings, offers)
	assert.Equal(t,
		[]string{"custom:coder/taken", "custom:coder/azure/gpt", "custom:coder/mini", "custom:coder/azure/taken"}, s.IDs(),
		"openai's gpt is the template's own, and azure's has no name left")
}

func TestCatalogGlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		include, exclude []string
		model            string
		want             bool
	}{
		{nil, nil, "gpt-5", true},
		{[]string{"claude-*", "gpt-5*"}, nil, "gpt-5.2-codex", true},
		{[]string{"claude-*"}, nil, "gpt-5", false},
		{[]string{"*"}, nil, "meta/llama-4", true},
		{[]string{"meta/*"}, nil, "meta/llama-4", true},
		{[]string{"gpt-?"}, nil, "gpt-5", true},
		{[]string{"gpt-[45]"}, nil, "gpt-6", false},
		{nil, []string{"*-preview"}, "gpt-5-preview", false},
		{[]string{"gpt-*"}, []string{"gpt-5"}, "gpt-5", false},
	} {
		assert.Equal(t, c.want, Catalog{Include: c.include, Exclude: c.exclude}.takes(c.model), c)
	}
	require.NoError(t, CheckGlob("gpt-*"))
	require.Error(t, CheckGlob("gpt-["))
	require.Error(t, CheckGlob(""))
	require.NoError(t, CheckSource(FromUpstream))
	require.Error(t, CheckSource("vendor"))
}

// What can't be read is never taken for empty.
func TestCatalogNotRead(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, problems := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	require.Empty(t, problems)
	assert.NotContains(t, string(whole.Memory), s.Token)
	s.Token = "the-next-token"
	refusing(s, "/chats/", http.StatusForbidden)

	result, problems := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Catalog Not Read"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Regexp(t, `The catalog of 20\d\d-\d\d-\d\d \d\d:\d\d UTC stands in\.`, problems[0].Cause)
	assert.False(t, kept(result))
	assert.Equal(t, names(whole), names(result))
	list, _ := entries(t, result.Document)
	require.Len(t, list, 2)
	assert.Equal(t, s.Token, list[0].APIKey, "with the token of this build")
	assert.Equal(t, recalled(whole.Memory).Catalog, recalled(result.Memory).Catalog, "since when stays")

	result, problems = newRun(t, s.WorkspaceStart(),
		"").Apply(offered(Catalog{}, droid.Model{Model: "own", Provider: droid.OpenAI}), nil)
	require.Equal(t, []string{"Catalog Not Read"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stay as they are")
	assert.True(t, kept(result))
	assert.Equal(t, []string{"own"}, names(result))

	result, problems = newRun(t, s.WorkspaceStart(),
		"").Apply(offered(Catalog{Source: FromUpstream, Include: []string{"gpt*"}}), whole.Memory)
	assert.Empty(t, problems)
	assert.Equal(t, []string{"gpt-5.2-codex"}, names(result), "another source is another catalog")

	refusing(s, "/v1/models", http.StatusForbidden)
	result, problems = newRun(t, s.WorkspaceStart(),
		"").Apply(offered(Catalog{Source: FromUpstream, Include: []string{"gpt*"}}), whole.Memory)
	assert.Len(t, problems, 1)
	assert.True(t, kept(result), "and does not stand in for it")
	refusing(s, "/chats/", http.StatusForbidden)

	_, problems = newRun(t, s.WorkspaceStart(), Require).Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Catalog Not Read"}, summaries(problems))
	assert.False(t, problems[0].Warning)
}

// A release without a catalog says so, beside what its license lacks.
func TestCatalogOfOlderRelease(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Build.Version, s.Providers, s.Catalog = "v2.30.0+1c2d3e4", nil, nil
	delete(s.Entitlements.Features, codersdk.FeatureAIGovernanceUserLimit)
	_, problems := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	assert.Equal(t, []string{"AI Governance Add-On Missing", "No Catalog in This Release"}, summaries(problems))
}

// One message says what happened, also where the whole deployment is away.
func TestCatalogOfDeploymentAway(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	s.Close()
	r := newRun(t, s.WorkspaceStart(), "")
	result, problems := r.Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stands in")
	assert.Equal(t, names(whole), names(result))
	result, problems = r.Apply(offered(Catalog{}), nil)
	require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(problems),
		"the second resource has another consequence")
	assert.Contains(t, problems[0].Cause, "stay as they are")
	assert.True(t, kept(result))
}

// An empty list that the server really gave empties the menu.
func TestCatalogEmpty(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	_, problems := newRun(t, s.WorkspaceStart(),
		Require).Apply(offered(Catalog{Include: []string{"gemini*"}}), whole.Memory)
	require.Equal(t, []string{"No Model of the Catalog Taken"}, summaries(problems))
	assert.True(t, problems[0].Warning)

	s.Catalog = []codersdk.ChatModelConfig{}
	result, problems := newRun(t, s.WorkspaceStart(), Require).Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Catalog Empty"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Contains(t, problems[0].Detail(), "Admin settings, AI, Models")
	assert.JSONEq(t, noModels, string(result.Document))
	assert.False(t, kept(result))
}

// The vendors' own lists. Where one can't be read, the last whole catalog stands in. Without one, the models of the
// others come, and those of before stay.
func TestCatalogUpstream(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Providers = append(s.Providers, codertest.Provider("vllm", "openai-compat"),
		codertest.Provider("copilot", "copilot"))
	s.Models["vllm"] = []string{"gpt-oss", "llama"}
	want := offered(Catalog{Source: FromUpstream, Include: []string{"claude-sonnet*", "gpt-*"}})
	whole, problems := newRun(t, s.WorkspaceStart(), "").Apply(want, nil)
	require.Empty(t, problems)
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-5.2-codex", "gpt-oss"}, names(whole))

	s.Models["openai"] = []string{"gpt-6"}
	refusing(s, "/vllm/", http.StatusForbidden)
	result, problems := newRun(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Equal(t, []string{"Model List Not Read"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stands in")
	assert.Equal(t, names(whole), names(result))
	assert.False(t, kept(result))

	result, problems = newRun(t, s.WorkspaceStart(), "").Apply(want, nil)
	require.Len(t, problems, 1)
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-6"}, names(result))
	assert.True(t, kept(result))
	assert.Nil(t, recalled(result.Memory).Catalog, "a part is not remembered as the whole")

	refusing(s, "/v1/models", http.StatusForbidden)
	_, problems = newRun(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Len(t, problems, 1, "one message")

	s.Providers = nil
	_, problems = newRun(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Equal(t, []string{"Gateway Providers Not Known"}, summaries(problems))
}

// A fault of the list of gateway providers is one warning, and the catalog of before stays, also for the fault after
// it.
func TestCatalogWithoutProviders(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	result, problems := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	require.Empty(t, problems)
	s.Providers = []codersdk.UserAIProviderKeyConfig{}
	for range 2 {
		result, problems = newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), result.Memory)
		require.Equal(t, []string{"Coder Deployment Did Not Answer"}, summaries(problems))
		assert.Contains(t, problems[0].Cause, "The catalog of 20")
		assert.Len(t, result.ModelIDs, 2)
	}
}

// On Coder 2.38 all works without a warning: the catalog, a token for the gateway, all checks.
func TestLaterRelease(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]codersdk.APIKeyScope{nil, {"ai_gateway_unrestricted:use", "chat_model_config:use"}} {
		s := codertest.New(t)
		s.Build.Version, s.AuthorizesModels = "v2.38.5+0a1b2c3", scopes != nil
		s.Scopes = append(s.Scopes, scopes...)
		delete(s.Entitlements.Features, codersdk.FeatureAIGovernanceUserLimit)
		want := offered(Catalog{}, droid.Model{Model: "m", Name: "mine", Provider: droid.OpenAI, APIKey: "${KEY}"})
		want.Scope, want.Lifetime = ScopeGateway, DefaultLifetime
		result, problems := newRun(t, s.WorkspaceStart(), Require).Apply(want, nil)
		require.Empty(t, problems)
		assert.Equal(t, []string{"mine", "claude-sonnet-4-5-20250929", "gpt-5.2-codex"}, names(result))
		require.Len(t, s.Tokens(), 1)
		assert.NotContains(t, string(result.Document), s.Token)
		list, _ := entries(t, result.Document)
		assert.Equal(t, http.StatusOK, prompt(t, list[1]))
		s.AuthorizesModels = true
		assert.Equal(t, scopes != nil, prompt(t, list[1]) == http.StatusOK, "without the new scopes, such a gateway refuses")
	}
}

// prompt sends what Droid sends for an entry of Anthropic's API format.
func prompt(t *testing.T, e entry) int {
	t.Helper()
	body := strings.NewReader(`{"model":"` + strings.TrimPrefix(e.ID, "custom:coder/") + `"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.BaseURL+"/v1/messages", body)
	require.NoError(t, err)
	req.Header.Set("X-Api-Key", e.APIKey)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// A catalog that does not fit into the environment is not cut short, and the message says how much does.
func TestCatalogTooLarge(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	for i := range 5000 {
		s.Catalog = append(s.Catalog, codertest.Offer("openai", fmt.Sprintf("gpt-%d", i), ""))
	}
	result, problems := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Catalog Too Large"}, summaries(problems))
	assert.Regexp(t, `of 5002 models need \d+ bytes .* at most 131072\. The catalog of`, problems[0].Cause)
	assert.Contains(t, problems[0].Remedy, "exclude")
	assert.Equal(t, names(whole), names(result))
	_, problems = newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{Include: []string{"gpt-1??"}}), nil)
	assert.Empty(t, problems)
}

// A stop and a prebuild read nothing, and keep what was read for the next start.
func TestCatalogWithoutToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newRun(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	asked := len(s.Requests())
	stop := newRun(t,
		s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "")
	result, problems := stop.Apply(offered(Catalog{}), whole.Memory)
	assert.Empty(t, problems)
	assert.JSONEq(t, noModels, string(result.Document))
	assert.Equal(t, names(whole), names(result))
	assert.Equal(t, recalled(whole.Memory).Catalog, recalled(result.Memory).Catalog)
	result, problems = newRun(t, s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true"),
		"").Apply(offered(Catalog{}), nil)
	assert.Empty(t, problems)
	assert.False(t, kept(result))
	assert.Empty(t, names(result))
	assert.Len(t, s.Requests(), asked)
}
