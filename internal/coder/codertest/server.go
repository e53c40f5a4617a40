// Package codertest is an HTTP double of a Coder deployment: the calls that the provider makes, answered with
// codersdk's own types. It stands in where no real coderd runs; the e2e module has the real one.
package codertest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
)

// Owner is the user that [Server.Token] belongs to at first.
const Owner = "5a9d3f0e-1c63-4e4f-9a52-d7a1f1f6a001"

// Workspace is the workspace of [Server.WorkspaceStart].
const Workspace = "3f2a9c1b-7d40-4c1e-9b1d-0d2f6a7b8c9d"

// Server is the double. Change what it answers between calls, not during one.
type Server struct {
	*httptest.Server

	Token        string
	UserID       string
	Username     string
	Build        codersdk.BuildInfoResponse
	Entitlements codersdk.Entitlements
	// Providers are the gateway providers that a member sees; nil stands for a release that has no such list.
	Providers []codersdk.UserAIProviderKeyConfig
	// Catalog are the models that the administrators chose; nil stands for a release that has none. From Coder 2.37 on,
	// a model in In is in that organization alone, and a gateway provider in Unavailable has the reason that is there.
	Catalog     []codersdk.ChatModelConfig
	In          map[string]uuid.UUID
	Unavailable map[string]string
	// Organizations are those of the user, the default one first. A workspace is in the last one.
	Organizations []uuid.UUID
	// Models are the ids that the upstream of each gateway provider has.
	Models map[string][]string
	// MaxTokenLifetime is the longest that a token may live; Scopes are those that a token may be made with. Refuses,
	// when set, tells whether the gateway refuses a token of these scopes. With AuthorizesModels, the gateway looks at
	// the scopes and the allow list of a token for each request that names a model.
	MaxTokenLifetime time.Duration
	Scopes           []codersdk.APIKeyScope
	Refuses          func(scopes []codersdk.APIKeyScope) bool
	AuthorizesModels bool
	// Fail, when set, answers instead and tells whether it did.
	Fail func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	requests []*http.Request
	tokens   map[string]MadeToken
}

// New starts a double of a healthy deployment, version 2.36.0, with a licensed gateway.
func New(t testing.TB) *Server {
	t.Helper()
	s := healthy()
	s.Start()
	return s.started(t)
}

// NewTLS starts one that is reached over HTTPS, with HTTP/2 as Coder has it. The client has to trust its Certificate.
func NewTLS(t testing.TB) *Server {
	t.Helper()
	s := healthy()
	s.EnableHTTP2 = true
	s.StartTLS()
	return s.started(t)
}

func (s *Server) started(t testing.TB) *Server {
	t.Helper()
	s.Build.DashboardURL = s.URL
	t.Cleanup(s.Close)
	return s
}

func healthy() *Server {
	s := &Server{
		Token:    "owner-session-token",
		UserID:   Owner,
		Username: "ada",
		Build:    codersdk.BuildInfoResponse{Version: "v2.36.0+1c2d3e4"},

		Providers: []codersdk.UserAIProviderKeyConfig{Provider("anthropic", "anthropic"), Provider("openai", "openai")},
		Catalog: []codersdk.ChatModelConfig{
			Offer("anthropic", "claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"),
			Offer("openai", "gpt-5.2-codex", "GPT 5.2 Codex"),
		},
		Organizations:    []uuid.UUID{idOf("default")},
		MaxTokenLifetime: 876600 * time.Hour,
		Scopes:           []codersdk.APIKeyScope{"all", "application_connect", "user:read_personal", "user_skill:read"},
		Models: map[string][]string{
			"anthropic": {"claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"},
			"openai":    {"gpt-5.2-codex", "text-embedding-3-small"},
		},
		Entitlements: codersdk.Entitlements{HasLicense: true, Features: map[codersdk.FeatureName]codersdk.Feature{
			codersdk.FeatureAIBridge:              {Entitlement: codersdk.EntitlementEntitled, Enabled: true},
			codersdk.FeatureAIGovernanceUserLimit: {Entitlement: codersdk.EntitlementEntitled, Enabled: true},
		}},
	}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	return s
}

// Provider is a row of the user's list of gateway providers, with personal keys allowed.
func Provider(name, kind string) codersdk.UserAIProviderKeyConfig {
	return codersdk.UserAIProviderKeyConfig{
		Provider: codersdk.AIProviderSummary{
			ID:      idOf(name),
			Name:    name,
			Type:    codersdk.AIProviderType(kind),
			Enabled: true,
		},
		BYOKEnabled:       true,
		HasProviderAPIKey: true,
	}
}

// Offer is a row of the catalog.
func Offer(provider, model, displayName string) codersdk.ChatModelConfig {
	return codersdk.ChatModelConfig{
		ID: idOf(provider + "/" + model), AIProviderID: idOf(provider), Model: model, DisplayName: displayName, Enabled: true,
		ContextLimit: 200000,
	}
}

func idOf(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }

// Requests returns what was asked so far.
func (s *Server) Requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.requests...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	if s.Fail != nil && s.Fail(w, r) {
		return
	}
	switch r.URL.Path {
	case "/api/v2/buildinfo":
		Answer(w, http.StatusOK, s.Build)
	case "/api/v2/entitlements":
		Answer(w, http.StatusOK, s.Entitlements)
	case "/api/v2/users/me":
		if r.Header.Get(codersdk.SessionTokenHeader) != s.Token {
			Answer(w, http.StatusUnauthorized, codersdk.Response{Message: "API key is invalid."})
			return
		}
		user := codersdk.User{}
		user.ID = uuid.MustParse(s.UserID)
		user.Username = s.Username
		user.OrganizationIDs = s.Organizations
		Answer(w, http.StatusOK, user)
	case "/api/v2/auth/scopes":
		Answer(w, http.StatusOK, codersdk.ExternalAPIKeyScopes{External: s.Scopes})
	case "/api/v2/workspaces/" + Workspace:
		Answer(w, http.StatusOK, codersdk.Workspace{OrganizationID: s.Organizations[len(s.Organizations)-1]})
	default:
		if s.moved(w, r) {
			return
		}
		if rest, ok := strings.CutPrefix(r.URL.Path, "/api/v2/users/me/keys/"); ok {
			s.keys(w, r, rest)
			return
		}
		if route, ok := strings.CutPrefix(r.URL.Path, "/api/v2/ai-gateway/"); ok {
			s.gateway(w, r, route)
			return
		}
		Answer(w, http.StatusNotFound, codersdk.Response{Message: "Route not found."})
	}
}

func list[T any](w http.ResponseWriter, rows []T) {
	if rows == nil {
		Answer(w, http.StatusNotFound, codersdk.Response{Message: "Route not found."})
		return
	}
	Answer(w, http.StatusOK, rows)
}

// gateway answers as the real gateway does.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request, route string) {
	if strings.Contains(route, "//") {
		s.redirect(w, r)
		return
	}
	provider, call, _ := strings.Cut(route, "/v1")
	switch {
	case call == "/models" && r.Method == http.MethodGet:
		s.models(w, r, provider)
		return
	case slices.Contains([]string{"/messages", "/responses", "/chat/completions"}, call) && r.Method == http.MethodPost:
		s.prompt(w, r, provider)
		return
	}
	http.Error(w, "route not supported: "+r.Method+" /"+route, http.StatusNotFound)
}

// Answer writes a JSON response.
func Answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that hangs up gets no answer
}

// Hang has calls below a path hang until the client gives up.
func Hang(path string) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body) // until then a server does not notice that the client is gone
		<-r.Context().Done()
		return true
	}
}
