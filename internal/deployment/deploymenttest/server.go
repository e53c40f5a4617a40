// Package deploymenttest is an HTTP double of a Coder deployment: the calls that the provider makes, answered with
// codersdk's own types. It stands in where no real coderd runs; the e2e module has the real one.
package deploymenttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
)

// Owner is the user that [Server.Token] belongs to at first.
const Owner = "5a9d3f0e-1c63-4e4f-9a52-d7a1f1f6a001"

// Server is the double. Change what it answers between calls, not during one.
type Server struct {
	*httptest.Server

	Token        string
	UserID       string
	Username     string
	Build        codersdk.BuildInfoResponse
	Entitlements codersdk.Entitlements
	// Providers are the gateway's provider instances with the protocol that each speaks; PersonalKeys allows them.
	Providers    map[string]string
	PersonalKeys bool
	// Models are the ids that the upstream of each instance has.
	Models map[string][]string
	// Fail, when set, answers instead and tells whether it did.
	Fail func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	requests []*http.Request
}

// New starts a double of a healthy deployment, version 2.36.0, with a licensed gateway.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		Token:    "owner-session-token",
		UserID:   Owner,
		Username: "ada",
		Build:    codersdk.BuildInfoResponse{Version: "v2.36.0+1c2d3e4"},

		Providers:    map[string]string{"anthropic": "anthropic", "openai": "openai", "disabled": ""},
		PersonalKeys: true,
		Models: map[string][]string{
			"anthropic": {"claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"},
			"openai":    {"gpt-5.2-codex", "text-embedding-3-small"},
		},
		Entitlements: codersdk.Entitlements{HasLicense: true, Features: map[codersdk.FeatureName]codersdk.Feature{
			codersdk.FeatureAIBridge:              {Entitlement: codersdk.EntitlementEntitled, Enabled: true},
			codersdk.FeatureAIGovernanceUserLimit: {Entitlement: codersdk.EntitlementEntitled, Enabled: true},
		}},
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	s.Build.DashboardURL = s.URL
	t.Cleanup(s.Close)
	return s
}

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
		Answer(w, http.StatusOK, user)
	default:
		if route, ok := strings.CutPrefix(r.URL.Path, "/api/v2/ai-gateway/"); ok {
			s.gateway(w, r, route)
			return
		}
		Answer(w, http.StatusNotFound, codersdk.Response{Message: "Route not found."})
	}
}

// gateway answers a request without a body as the real gateway does.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request, route string) {
	instance, call, _ := strings.Cut(route, "/v1")
	protocol, known := s.Providers[instance]
	personal := r.Header.Get("X-Coder-AI-Governance-Token") != ""
	switch {
	case call == "/models" && r.Method == http.MethodGet:
		s.models(w, r, instance)
	case personal && !s.PersonalKeys:
		Answer(w, http.StatusForbidden, codersdk.Response{Message: "Bring Your Own Key (BYOK) mode is not enabled."})
	case known && protocol == "":
		http.Error(w, "provider_disabled: "+instance, http.StatusServiceUnavailable)
	case !known, (protocol == "anthropic") != (call == "/messages"):
		http.Error(w, "route not supported: POST /"+route, http.StatusNotFound)
	default:
		http.Error(w, fmt.Sprintf("failed to create %q interceptor", "/"+route), http.StatusInternalServerError)
	}
}

// Answer writes a JSON response.
func Answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that hangs up gets no answer
}
