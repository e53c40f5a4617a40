package coder

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const (
	dev   = "3f2a9c1b-7d40-4c1e-9b1d-0d2f6a7b8c9d"
	first = "7d4fd2e2-7a0c-4f0e-a1f0-6a5d6b9e2b11"
	next  = "c0ffee00-7a0c-4f0e-a1f0-6a5d6b9e2b11"
	week  = 168 * time.Hour
)

func summariesOf(problems []Problem) []string {
	return summaries(Deployment{Problems: problems})
}

func makeToken(t *testing.T, s *codertest.Server, run string) (string, []Problem) {
	t.Helper()
	return tokenFor(s, s.Build.Version, Workspace{Name: "dev", ID: dev, Build: run})
}

func tokenFor(s *codertest.Server, version string, w Workspace) (string, []Problem) {
	c := configOf(s)
	c.Workspace = w
	d := Deployment{GatewayURL: s.URL + "/api/v2/ai-gateway", Version: version}
	secret, p := c.MakeToken(context.Background(), d, week)
	if p == nil {
		return secret, nil
	}
	return secret, []Problem{*p}
}

// A release that the tests have proven costs three calls, and an earlier run's token is gone. What others made stays.
func TestMakeToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	before, problems := makeToken(t, s, first)
	require.Empty(t, problems)
	other, problems := tokenFor(s, "v2.36.0", Workspace{Name: "dev", ID: next, Build: next})
	require.Empty(t, problems)
	asked := len(s.Requests())
	token, problems := makeToken(t, s, next)
	assert.Empty(t, problems)
	assert.Len(t, s.Requests(), asked+3, "a new token, the tokens, a former one")
	living := s.Tokens()
	require.Len(t, living, 2)
	assert.Equal(t, other, living[0].Secret)
	assert.Equal(t, token, living[1].Secret)
	assert.NotEqual(t, before, token)
	assert.Regexp(t, `^droid-dev-3f2a9c1b7d40-c0ffee00[0-9a-f]{4}$`, living[1].TokenName)
	assert.Equal(t, []codersdk.APIKeyScope{"user_skill:read"}, living[1].Scopes)
	assert.Equal(t, []codersdk.APIAllowListTarget{{Type: "user_skill", ID: "00000000-0000-0000-0000-000000000000"}},
		living[1].AllowList)
}

// Two processes of one run leave each other's token alone, and the next run deletes both, also under another label.
func TestMakeTokenTwiceInARun(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for range 2 {
		_, problems := makeToken(t, s, first)
		require.Empty(t, problems)
	}
	require.Len(t, s.Tokens(), 2)
	renamed := Workspace{Name: "renamed", ID: dev, Build: next}
	_, problems := tokenFor(s, "v2.36.0", renamed)
	require.Empty(t, problems)
	require.Len(t, s.Tokens(), 1)
}

// On a release that the tests have not proven, a token is given away only after the gateway took it.
func TestMakeTokenTries(t *testing.T) {
	t.Parallel()
	refuses := func(refused ...codersdk.APIKeyScope) func([]codersdk.APIKeyScope) bool {
		return func(scopes []codersdk.APIKeyScope) bool {
			for _, scope := range refused {
				if scope == scopes[0] {
					return true
				}
			}
			return false
		}
	}
	for _, c := range []struct {
		name    string
		version string
		spoil   func(*codertest.Server)
		want    codersdk.APIKeyScope
		problem string
	}{
		{"taken", "v2.37.0", func(*codertest.Server) {}, "user_skill:read", ""},
		{
			"a scope that is not known", "v2.30.0", func(s *codertest.Server) { s.Scopes = s.Scopes[:3] }, "user:read_personal",
			"",
		},
		{"scopes may matter and are not listed", "v2.37.0", func(s *codertest.Server) {
			s.Fail = failing("/api/v2/auth/scopes", 403)
		}, "", "Gateway Token Not Made"},
		{"scopes may matter and the call hangs", "main", func(s *codertest.Server) {
			s.Fail = codertest.Hang("/api/v2/auth/scopes")
		}, "", "Gateway Token Not Made"},
		{
			"the next scope", "v2.37.0", func(s *codertest.Server) { s.Refuses = refuses("user_skill:read") },
			"user:read_personal", "",
		},
		{
			"none is taken", "v2.37.0",
			func(s *codertest.Server) { s.Refuses = refuses("user_skill:read", "user:read_personal") }, "",
			"Gateway Token Refused",
		},
		{"none is known", "v2.37.0", func(s *codertest.Server) { s.Scopes = nil }, "", "Gateway Token Not Made"},
		{"scopes are ignored", "v2.20.0", func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				id, found := strings.CutPrefix(r.URL.Path, "/api/v2/users/me/keys/")
				if found && r.Method == http.MethodGet && !strings.HasPrefix(id, "tokens") {
					codertest.Answer(w, http.StatusOK, codersdk.APIKey{ID: id, Scope: "all"})
					return true
				}
				return false
			}
		}, "", "Gateway Token Not Made"},
		{"a gateway that does not answer", "v2.37.0", func(s *codertest.Server) {
			s.Fail = failing("/api/v2/ai-gateway", http.StatusBadGateway)
		}, "user_skill:read", ""},
		{"a gateway without a licence", "v2.37.0", func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				gateway := strings.HasPrefix(r.URL.Path, "/api/v2/ai-gateway")
				if gateway {
					message := "AI Gateway is a Premium feature. Contact sales!"
					codertest.Answer(w, http.StatusForbidden, codersdk.Response{Message: message})
				}
				return gateway
			}
		}, "user_skill:read", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Build.Version = c.version
			c.spoil(s)
			token, problems := makeToken(t, s, first)
			if c.problem != "" {
				require.Equal(t, []string{c.problem}, summariesOf(problems))
				assert.Empty(t, token)
				assert.Empty(t, s.Tokens(), "a token that is of no use does not live on")
				assert.Contains(t, problems[0].AsWarning().Detail(), keyless)
				return
			}
			assert.Empty(t, problems)
			require.Len(t, s.Tokens(), 1)
			assert.Equal(t, c.want, s.Tokens()[0].Scopes[0])
			assert.Equal(t, token, s.Tokens()[0].Secret)
		})
	}
}

// On a server with scopes for the gateway, a token has those that there are, and works for models alone.
func TestMakeTokenOfGatewayScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		listed  []codersdk.APIKeyScope
		chosen  bool // a prompt to a model that the administrators chose
		foreign bool // a prompt to another
	}{
		{[]codersdk.APIKeyScope{"ai_gateway_unrestricted:use", "chat_model_config:use"}, true, true},
		{[]codersdk.APIKeyScope{"ai_gateway_unrestricted:use"}, true, true},
		{[]codersdk.APIKeyScope{"chat_model_config:use"}, true, false},
		{nil, false, false}, // today's scope, which such a gateway refuses
	} {
		s := codertest.New(t)
		s.Build.Version, s.AuthorizesModels = "v2.39.0", true
		s.Scopes = append(s.Scopes, c.listed...)
		token, problems := makeToken(t, s, first)
		require.Empty(t, problems)
		made := s.Tokens()[0]
		if c.listed != nil {
			assert.Equal(t, c.listed, made.Scopes)
			require.Len(t, made.AllowList, len(c.listed))
			for i, object := range made.AllowList {
				assert.Equal(t, string(c.listed[i]), string(object.Type)+":use")
				assert.Equal(t, "*", object.ID)
			}
		}
		assert.Equal(t, c.chosen, prompted(t, s, token, "claude-sonnet-4-5-20250929"), c.listed)
		assert.Equal(t, c.foreign, prompted(t, s, token, "claude-haiku-4-5-20251001"), c.listed)
		assert.True(t, prompted(t, s, s.Token, "claude-haiku-4-5-20251001"), "the session token can do all")
	}
}

// prompted tells whether the gateway takes a prompt.
func prompted(t *testing.T, s *codertest.Server, token, model string) bool {
	t.Helper()
	body := strings.NewReader(`{"model":"` + model + `"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v2/ai-gateway/anthropic/v1/messages",
		body)
	require.NoError(t, err)
	req.Header.Set("X-Api-Key", token)
	res, err := s.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode == http.StatusOK
}

func failing(path string, code int) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		codertest.Answer(w, code,
			codersdk.Response{Message: "No.", Detail: "It was " + r.Header.Get(codersdk.SessionTokenHeader) + "."})
		return true
	}
}

// What goes wrong has a cause and a remedy, and no secret.
func TestMakeTokenProblems(t *testing.T) {
	t.Parallel()
	method := func(method string, code int) func(w http.ResponseWriter, r *http.Request) bool {
		fail := failing("/api/v2/users/me/keys/", code)
		return func(w http.ResponseWriter, r *http.Request) bool { return r.Method == method && fail(w, r) }
	}
	for _, c := range []struct {
		name  string
		spoil func(*codertest.Server)
		want  string
		said  string
		made  bool
	}{
		{
			"tokens are forbidden", func(s *codertest.Server) { s.Fail = method(http.MethodPost, http.StatusForbidden) },
			"Gateway Token Not Made", "HTTP status 403: No. It was (redacted).", false,
		},
		{
			"too many requests", func(s *codertest.Server) { s.Fail = method(http.MethodPost, http.StatusTooManyRequests) },
			"Gateway Token Not Made", "HTTP status 429", false,
		},
		{
			"the lifetime is too long", func(s *codertest.Server) { s.MaxTokenLifetime = time.Hour }, "Gateway Token Not Made",
			"lifetime must be less than 1h0m0s", false,
		},
		{"an empty answer", func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost {
					codertest.Answer(w, http.StatusCreated, struct{}{})
				}
				return r.Method == http.MethodPost
			}
		}, "Gateway Token Not Made", "the answer has no token", false},
		{
			"a former one can't be deleted",
			func(s *codertest.Server) { s.Fail = method(http.MethodDelete, http.StatusInternalServerError) },
			"Former Gateway Token Not Deleted", "HTTP status 500", true,
		},
		{
			"former ones can't be found", func(s *codertest.Server) { s.Fail = method(http.MethodGet, http.StatusForbidden) },
			"Former Gateway Token Not Deleted", "HTTP status 403", true,
		},
		{
			"a former one is gone", func(s *codertest.Server) { s.Fail = method(http.MethodDelete, http.StatusNotFound) }, "",
			"", true,
		},
		{"nobody there", func(s *codertest.Server) { s.Close() }, "Gateway Token Not Made", "connect", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			_, problems := makeToken(t, s, first)
			require.Empty(t, problems)
			c.spoil(s)
			token, problems := makeToken(t, s, next)
			assert.Equal(t, c.made, token != "")
			if c.want == "" {
				assert.Empty(t, problems)
				return
			}
			require.Equal(t, []string{c.want}, summariesOf(problems))
			detail := problems[0].AsWarning().Detail()
			assert.Contains(t, detail, c.said)
			assert.NotContains(t, detail, s.Token)
			assert.Equal(t, !c.made, strings.Contains(detail, keyless))
		})
	}
}

// A token whose answer was lost does not keep the build from making another, and the next build deletes it.
func TestMakeTokenAfterALostAnswer(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	lost := false
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || lost {
			return false
		}
		lost = true
		s.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	token, problems := makeToken(t, s, first)
	require.Empty(t, problems)
	require.Len(t, s.Tokens(), 2)
	assert.Equal(t, token, s.Tokens()[1].Secret)
	_, problems = makeToken(t, s, next)
	require.Empty(t, problems)
	assert.Len(t, s.Tokens(), 1)
}
