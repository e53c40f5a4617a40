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
	s.Catalog = append(s.Catalog, bedrock, codertest.Offer("gemini", "gemini-3", ""), codertest.Offer("copilot", "gpt-5", "Copilot"),
		codertest.Offer("gemini", "gemini-3", "twice"))
	b := newBuild(t, s.WorkspaceStart(), "")
	r, problems := b.Apply(offered(Catalog{}, droid.Model{Model: "claude-sonnet-4-5-20250929", Provider: droid.Anthropic, DisplayName: "Mine"}), nil)
	require.Equal(t, []string{"Models Left Out of the Catalogue"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "of type copilot")
	assert.True(t, problems[0].Warning)
	gw := s.URL + droid.GatewayPath
	list, def := entries(t, r.Document)
	assert.Equal(t, []entry{
		{ID: "custom:coder/claude-sonnet-4-5-20250929", BaseURL: gw + "/anthropic", Provider: droid.Anthropic, DisplayName: "Mine", APIKey: s.Token},
		{
			ID: "custom:coder/gpt-5.2-codex", BaseURL: gw + "/openai/v1", Provider: droid.OpenAI, DisplayName: "GPT 5.2 Codex", APIKey: s.Token,
			MaxContextLimit: 200000,
		},
		{
			ID: "custom:coder/anthropic.claude-opus", BaseURL: gw + "/bedrock", Provider: droid.Anthropic, DisplayName: "Opus on Bedrock", APIKey: s.Token,
			MaxContextLimit: 200000, MaxOutputTokens: 64000, ReasoningEffort: "high",
		},
		{
			ID: "custom:coder/gemini-3", BaseURL: gw + "/gemini/v1", Provider: droid.Generic, DisplayName: "gemini-3 (Coder AI Gateway)", APIKey: s.Token,
			MaxContextLimit: 200000,
		},
	}, list, "the template's own first, each model of a gateway provider once")
	assert.Equal(t, "custom:coder/anthropic.claude-opus", def)
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-5.2-codex", "anthropic.claude-opus", "gemini-3"}, r.Names)

	w := offered(Catalog{})
	w.DefaultModel = "gpt-5.2-codex"
	r, problems = b.Apply(w, nil)
	assert.Empty(t, problems, "what is left out is said once")
	_, def = entries(t, r.Document)
	assert.Equal(t, "custom:coder/gpt-5.2-codex", def, "the author's choice counts")
	assert.Len(t, s.Requests(), 5, "the catalogue is read once, too")
}

// A model that several gateway providers have goes by the provider's name as well.
func TestCatalogNames(t *testing.T) {
	t.Parallel()
	offers := []coder.Offer{
		{Instance: "openai", Type: "openai", Model: "gpt"}, {Instance: "azure", Type: "azure", Model: "gpt"},
		{Instance: "openai", Type: "openai", Model: "mini"}, {Instance: "azure", Type: "azure", Model: "taken"},
	}
	s := with(wanted(
		droid.Model{Model: "x", Name: "taken", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"},
		droid.Model{Model: "gpt", Name: "azure/gpt", Provider: droid.OpenAI},
	).Settings, offers)
	assert.Equal(t, []string{"taken", "azure/gpt", "mini", "azure/taken"}, s.Names(),
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
	whole, problems := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	require.Empty(t, problems)
	assert.NotContains(t, unpacked(t, whole.Memory), s.Token)
	s.Token = "the-next-token"
	refusing(s, "/chats/", http.StatusForbidden)

	r, problems := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Model Catalogue Not Read"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Regexp(t, `The catalogue of 20\d\d-\d\d-\d\d \d\d:\d\d UTC stands in\.`, problems[0].Cause)
	assert.False(t, r.Keep)
	assert.Equal(t, whole.Names, r.Names)
	list, _ := entries(t, r.Document)
	require.Len(t, list, 2)
	assert.Equal(t, s.Token, list[0].APIKey, "with the token of this build")
	assert.Equal(t, recalled(whole.Memory).Catalog, recalled(r.Memory).Catalog, "since when stays")

	r, problems = newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}, droid.Model{Model: "own", Provider: droid.OpenAI}), nil)
	require.Equal(t, []string{"Model Catalogue Not Read"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stay as they are")
	assert.True(t, r.Keep)
	assert.Equal(t, []string{"own"}, r.Names)

	r, problems = newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{Source: FromUpstream, Include: []string{"gpt*"}}), whole.Memory)
	assert.Empty(t, problems)
	assert.Equal(t, []string{"gpt-5.2-codex"}, r.Names, "another source is another catalogue")

	refusing(s, "/v1/models", http.StatusForbidden)
	r, problems = newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{Source: FromUpstream, Include: []string{"gpt*"}}), whole.Memory)
	assert.Len(t, problems, 1)
	assert.True(t, r.Keep, "and does not stand in for it")
	refusing(s, "/chats/", http.StatusForbidden)

	_, problems = newBuild(t, s.WorkspaceStart(), Require).Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Model Catalogue Not Read"}, summaries(problems))
	assert.False(t, problems[0].Warning)
}

// One message says what happened, also where the whole deployment is away.
func TestCatalogOfDeploymentAway(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	s.Close()
	b := newBuild(t, s.WorkspaceStart(), "")
	r, problems := b.Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stands in")
	assert.Equal(t, whole.Names, r.Names)
	r, problems = b.Apply(offered(Catalog{}), nil)
	require.Equal(t, []string{"Model Catalogue Not Read"}, summaries(problems), "the second resource has no other message")
	assert.Contains(t, problems[0].Cause, "(Coder Deployment Unreachable)")
	assert.True(t, r.Keep)
}

// An empty list that the server really gave empties the menu.
func TestCatalogEmpty(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	_, problems := newBuild(t, s.WorkspaceStart(), Require).Apply(offered(Catalog{Include: []string{"gemini*"}}), whole.Memory)
	require.Equal(t, []string{"No Model of the Catalogue Taken"}, summaries(problems))
	assert.True(t, problems[0].Warning)

	s.Catalog = []codersdk.ChatModelConfig{}
	r, problems := newBuild(t, s.WorkspaceStart(), Require).Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Model Catalogue Empty"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Contains(t, problems[0].Detail(), "Admin settings, AI, Models")
	assert.Contains(t, problems[0].Detail(), `source = "upstream"`)
	assert.JSONEq(t, droid.NoModels, string(r.Document))
	assert.False(t, r.Keep)
}

// The vendors' own lists: one that is missing is completed, or the models of before stay.
func TestCatalogUpstream(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Providers = append(s.Providers, codertest.Provider("vllm", "openai-compat"), codertest.Provider("copilot", "copilot"))
	s.Models["vllm"] = []string{"gpt-oss", "llama"}
	want := offered(Catalog{Source: FromUpstream, Include: []string{"claude-sonnet*", "gpt-*"}})
	whole, problems := newBuild(t, s.WorkspaceStart(), "").Apply(want, nil)
	require.Equal(t, []string{"Models Left Out of the Catalogue"}, summaries(problems))
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-5.2-codex", "gpt-oss"}, whole.Names)

	s.Models["openai"] = []string{"gpt-6"}
	refusing(s, "/vllm/", http.StatusForbidden)
	r, problems := newBuild(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Equal(t, []string{"Model List Refused"}, summaries(problems))
	assert.Contains(t, problems[0].Cause, "stands in")
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-6", "gpt-oss"}, r.Names)
	assert.False(t, r.Keep)

	r, problems = newBuild(t, s.WorkspaceStart(), "").Apply(want, nil)
	require.Len(t, problems, 1)
	assert.Equal(t, []string{"claude-sonnet-4-5-20250929", "gpt-6"}, r.Names)
	assert.True(t, r.Keep)
	assert.Nil(t, recalled(r.Memory).Catalog, "a part is not remembered as the whole")

	refusing(s, "/v1/models", http.StatusForbidden)
	_, problems = newBuild(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Len(t, problems, 1, "one message")
	assert.Contains(t, problems[0].Cause, `The lists of "openai" and "vllm" are missing too.`)

	s.Providers = nil
	_, problems = newBuild(t, s.WorkspaceStart(), "").Apply(want, whole.Memory)
	require.Equal(t, []string{"Gateway Providers Not Known"}, summaries(problems))
}

// A catalogue that does not fit into the environment is not cut short, and the message says how much does.
func TestCatalogTooLarge(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	for i := range 5000 {
		s.Catalog = append(s.Catalog, codertest.Offer("openai", fmt.Sprintf("gpt-%d", i), ""))
	}
	r, problems := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Model Catalogue Too Large"}, summaries(problems))
	assert.Regexp(t, `has 5002 models, 5001 of them of the gateway provider "openai"\. The environment of a workspace has room for the first \d{3}\. The catalogue of`,
		problems[0].Cause)
	assert.Contains(t, problems[0].Remedy, "exclude")
	assert.Equal(t, whole.Names, r.Names)
	_, problems = newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{Include: []string{"gpt-1??"}}), nil)
	assert.Empty(t, problems)
}

// A stop and a prebuild read nothing, and keep what was read for the next start.
func TestCatalogWithoutToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	asked := len(s.Requests())
	stop := newBuild(t, s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "")
	r, problems := stop.Apply(offered(Catalog{}), whole.Memory)
	assert.Empty(t, problems)
	assert.JSONEq(t, droid.NoModels, string(r.Document))
	assert.Equal(t, whole.Names, r.Names)
	assert.Equal(t, recalled(whole.Memory).Catalog, recalled(r.Memory).Catalog)
	r, problems = newBuild(t, s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true"), "").Apply(offered(Catalog{}), nil)
	assert.Empty(t, problems)
	assert.False(t, r.Keep)
	assert.Empty(t, r.Names)
	assert.Len(t, s.Requests(), asked)
}

// In a Coder build the catalogue is read at apply alone. Outside of one it is read at refresh, so that the plan knows it.
func TestCatalogAtPlan(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	whole, _ := newBuild(t, s.WorkspaceStart(), "").Apply(offered(Catalog{}), nil)
	asked := len(s.Requests())
	b := newBuild(t, s.WorkspaceStart(), "")
	text, problems := b.Refresh(offered(Catalog{}), whole.Memory)
	assert.Empty(t, problems)
	assert.Equal(t, whole.Memory, text)
	planned, problems := b.Plan(offered(Catalog{}), text)
	assert.Empty(t, problems)
	assert.False(t, planned.Certain)
	assert.Len(t, s.Requests(), asked, "nothing is called at plan")

	outside := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	whole, problems = newBuild(t, outside, "").Apply(offered(Catalog{}), nil)
	assert.Empty(t, problems)
	s.Catalog = s.Catalog[:1]
	b = newBuild(t, outside, "")
	planned, _ = b.Plan(offered(Catalog{}), whole.Memory)
	assert.True(t, planned.Certain)
	assert.Equal(t, whole.Document, planned.Document)
	text, problems = b.Refresh(offered(Catalog{}), whole.Memory)
	assert.Empty(t, problems)
	planned, _ = b.Plan(offered(Catalog{}), text)
	assert.True(t, planned.Certain)
	assert.Len(t, planned.Names, 1)

	s.Close()
	text, problems = newBuild(t, outside, Require).Refresh(offered(Catalog{}), whole.Memory)
	require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(problems))
	assert.True(t, problems[0].Warning, "a destroy refreshes first")
	assert.Equal(t, recalled(whole.Memory).Catalog, recalled(text).Catalog)

	planned, problems = newBuild(t, outside, "").Plan(offered(Catalog{}), nil)
	assert.Empty(t, problems)
	assert.False(t, planned.Certain)
	_, problems = newBuild(t, outside, Skip).Plan(offered(Catalog{}), nil)
	assert.Equal(t, []string{"Catalogue Without Calls"}, summaries(problems))
	_, problems = newBuild(t, s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop"), Skip).Plan(offered(Catalog{}), nil)
	assert.Empty(t, problems)
}
