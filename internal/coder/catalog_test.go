package coder

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// read asks the double for its catalog.
func read(c Config) Catalog {
	return c.ReadCatalog(context.Background(), c.Ask(context.Background()), FromCoder)
}

// recorded is the body in a file of testdata, with the ids of the double's gateway providers. Lines that begin with #
// say where it comes from.
func recorded(t *testing.T, s *codertest.Server, file string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(text, []byte("# GET /api/")), file)
	for bytes.HasPrefix(text, []byte("#")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	text = bytes.ReplaceAll(text, []byte("ANTHROPIC"), []byte(s.Providers[0].Provider.ID.String()))
	return bytes.ReplaceAll(text, []byte("OPENAI"), []byte(s.Providers[1].Provider.ID.String()))
}

// answering has a server answer with a body on a path.
func answering(path string, body []byte) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != path {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
		return true
	}
}

const (
	configsPath = "/api/experimental/chats/model-configs"
	modelsPath  = "/api/v2/organizations/%/chats/models"
)

// Either shape is read on either release, wherever the release has it. A model whose gateway provider is not available
// is left out.
func TestCatalogShapes(t *testing.T) {
	t.Parallel()
	sonnet := Offer{
		Provider: "anthropic", Type: "anthropic", Model: "claude-sonnet-4-5-20250929", DisplayName: "Claude Sonnet 4.5",
		ContextLimit: 200000, MaxOutputTokens: 64000, ReasoningEffort: "high", Default: true,
	}
	codex := Offer{
		Provider:     "openai",
		Type:         "openai",
		Model:        "gpt-5.2-codex",
		DisplayName:  "GPT 5.2 Codex",
		ContextLimit: 400000,
	}
	for _, c := range []struct {
		version, path, file string
		want                []Offer
	}{
		{"v2.36.1", configsPath, "model-configs-2.36.txt", []Offer{sonnet, codex}},
		{"v2.38.5", modelsPath, "chat-models-2.37.txt", []Offer{sonnet}},
		{"main", modelsPath, "chat-models-2.37.txt", []Offer{sonnet}},
		{"v2.38.5", configsPath, "model-configs-2.36.txt", []Offer{sonnet, codex}}, // a 404 tries the older path
		{"v2.36.1", configsPath, "chat-models-2.37.txt", []Offer{sonnet}},          // the other shape
	} {
		t.Run(c.version+" "+c.path+" "+c.file, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Build.Version, s.Catalog = c.version+"+1c2d3e4", nil
			path := strings.ReplaceAll(c.path, "%", s.Organizations[0].String())
			s.Fail = answering(path, recorded(t, s, c.file))
			catalog := read(configOf(s))
			require.Nil(t, catalog.Problem)
			assert.Equal(t, c.want, catalog.Offers)
			if len(c.want) == 1 {
				require.Len(t, catalog.Notes, 1)
				assert.Contains(t, catalog.Notes[0].Detail(), ": 1 (user_api_key_required).")
				assert.True(t, catalog.Notes[0].Warning)
			}
		})
	}
}

// The double answers in the shapes of the recorded bodies: an array before 2.37, an object from then on.
func TestDoubleHasTheShapes(t *testing.T) {
	t.Parallel()
	for version, file := range map[string]string{"v2.36.1": "model-configs-2.36.txt", "v2.38.5": "chat-models-2.37.txt"} {
		s := codertest.New(t)
		s.Build.Version = version
		s.Unavailable = map[string]string{"openai": "missing_api_key"}
		limit, effort := int64(1), "high"
		s.Catalog[0].ModelConfig = &codersdk.ChatModelCallConfig{
			MaxOutputTokens: &limit, ReasoningEffort: &codersdk.ChatModelReasoningEffortConfig{Default: &effort},
		}
		s.Catalog[0].ReasoningEfforts = []string{"high"}
		path := configsPath
		if version != "v2.36.1" {
			path = strings.ReplaceAll(modelsPath, "%", "default")
		}
		answer, err := get[any](context.Background(), configOf(s).client(), path)
		require.NoError(t, err)
		var want any
		require.NoError(t, json.Unmarshal(recorded(t, s, file), &want))
		assert.Equal(t, keysIn(want), keysIn(answer), version)
	}
}

// keysIn are the keys in a JSON value, each with those above it.
func keysIn(value any) []string {
	found := make(map[string]bool)
	var walk func(value any, at string)
	walk = func(value any, at string) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				walk(element, at+"[]")
			}
		case map[string]any:
			for key, member := range value {
				found[at+"."+key] = true
				walk(member, at+"."+key)
			}
		}
	}
	walk(value, "")
	return slices.Sorted(maps.Keys(found))
}

// The models are those of the owner's only organization, or of the workspace's; outside a build, of the default one.
func TestCatalogOrganization(t *testing.T) {
	t.Parallel()
	one, two := uuid.New(), uuid.New()
	for _, c := range []struct {
		name          string
		organizations []uuid.UUID
		workspace     string
		want          string
		calls         int
	}{
		{"only one", []uuid.UUID{one}, codertest.Workspace, "in-one", 5},
		{"several, in a workspace build", []uuid.UUID{one, two}, codertest.Workspace, "in-two", 6},
		{"several, outside", []uuid.UUID{one, two}, "", "in-one", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Build.Version, s.Organizations = "v2.38.5", c.organizations
			s.Catalog = []codersdk.ChatModelConfig{
				codertest.Offer("openai", "in-one", ""),
				codertest.Offer("openai", "in-two", ""),
			}
			s.In = map[string]uuid.UUID{"in-one": one, "in-two": two}
			config := configOf(s)
			config.Workspace.ID = c.workspace
			catalog := read(config)
			require.Nil(t, catalog.Problem)
			require.Len(t, catalog.Offers, 1)
			assert.Equal(t, c.want, catalog.Offers[0].Model)
			assert.Len(t, s.Requests(), c.calls+1, "and one 404: the list of providers has moved")
		})
	}
	s := codertest.New(t)
	s.Build.Version, s.Organizations = "v2.38.5", []uuid.UUID{one, two}
	s.Fail = failing("/api/v2/workspaces", http.StatusForbidden)
	config := configOf(s)
	config.Workspace.ID = codertest.Workspace
	assert.Equal(t, "Catalog Not Read", read(config).Problem.Summary, "another organization is not taken in its place")
}

// What is left out for a reason that somebody can change is said, with Coder's word for it.
func TestCatalogLeavesOut(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Build.Version = "v2.38.5"
	disabled := codertest.Offer("openai", "gpt-4", "GPT 4")
	disabled.Enabled = false
	s.Providers = append(s.Providers, codertest.Provider("a", "openai"), codertest.Provider("b", "openai"),
		codertest.Provider("copilot", "copilot"))
	s.Catalog = append(s.Catalog, disabled, codertest.Offer("of-a-disabled-provider", "m", "M"),
		codertest.Offer("copilot", "gpt-5", ""), codertest.Offer("a", "of-a", ""), codertest.Offer("b", "of-b", ""))
	s.Unavailable = map[string]string{"a": "missing_api_key", "b": "user_api_key_required"}
	catalog := read(configOf(s))
	require.Nil(t, catalog.Problem)
	assert.Len(t, catalog.Offers, 2)
	require.Len(t, catalog.Notes, 1)
	assert.Contains(t, catalog.Notes[0].Cause, ": 1 (missing_api_key) and 1 (user_api_key_required).")
	s.Catalog = []codersdk.ChatModelConfig{}
	catalog = read(configOf(s))
	assert.Nil(t, catalog.Problem)
	assert.Equal(t, []Offer{}, catalog.Offers, "an empty list is an answer")
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
		{
			"older release", func(s *codertest.Server) { s.Catalog, s.Build.Version = nil, "v2.35.1" },
			"No Catalog in This Release", "Upgrade Coder to 2.36",
		},
		{"a proxy's 404", func(s *codertest.Server) { s.Catalog = nil }, "Catalog Not Read", "A proxy before the deployment"},
		{
			"no providers", func(s *codertest.Server) { s.Providers = nil }, "Gateway Providers Not Known",
			"did not say which gateway providers",
		},
		{
			"refused", answer(403, `{"message":"Forbidden TOKEN"}`), "Catalog Not Read", "HTTP status 403: Forbidden (redacted)",
		},
		{"login page", answer(200, "<html>TOKEN</html>"), "Catalog Not Read", "the answer is no list: invalid character '<'"},
		{"cut off", answer(200, `[{"model":"a",`), "Catalog Not Read", "unexpected EOF"},
		{"null", answer(200, "null"), "Catalog Not Read", "it has no models"},
		{"another object", answer(200, `{"providers":[]}`), "Catalog Not Read", "it has no models"},
		{"no id", answer(200, `[{"model":""}]`), "Catalog Not Read", "one of its models has no id"},
		{"too large", answer(200, "["+strings.Repeat(" ", 10<<20)+"]"), "Catalog Not Read", "larger than 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			c.spoil(s)
			catalog := read(configOf(s))
			assert.Nil(t, catalog.Offers)
			require.NotNil(t, catalog.Problem)
			assert.Equal(t, c.summary, catalog.Problem.Summary)
			assert.Contains(t, catalog.Problem.Detail(), c.says)
			assert.NotContains(t, catalog.Problem.Detail(), s.Token)
		})
	}
}
