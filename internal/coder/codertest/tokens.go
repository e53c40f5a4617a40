package codertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
)

// MadeToken is one that somebody made with the session token.
type MadeToken struct {
	codersdk.APIKey
	Secret string
}

// Tokens returns the tokens that live, the oldest first.
func (s *Server) Tokens() []MadeToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sorted()
}

func (s *Server) sorted() []MadeToken {
	out := []MadeToken{}
	for _, token := range s.tokens {
		out = append(out, token)
	}
	slices.SortFunc(out, func(a, b MadeToken) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out
}

// keys answers below the keys of the token's owner, as coderd does.
func (s *Server) keys(w http.ResponseWriter, r *http.Request, rest string) {
	if r.Header.Get(codersdk.SessionTokenHeader) != s.Token {
		Answer(w, http.StatusUnauthorized, codersdk.Response{Message: "API key is invalid."})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name, named := strings.CutPrefix(rest, "tokens/")
	token, known := s.tokens[rest]
	switch {
	case rest == "tokens" && r.Method == http.MethodPost:
		s.makeToken(w, r)
	case rest == "tokens":
		keys := []codersdk.APIKeyWithOwner{}
		for _, token := range s.sorted() {
			keys = append(keys, codersdk.APIKeyWithOwner{APIKey: token.APIKey, Username: s.Username})
		}
		Answer(w, http.StatusOK, keys)
	case name == "tokenconfig":
		Answer(w, http.StatusOK, codersdk.TokenConfig{MaxTokenLifetime: s.MaxTokenLifetime})
	case named:
		if token, known = s.byName(name); !known {
			Answer(w, http.StatusNotFound, codersdk.Response{Message: "Resource not found or you do not have access to this resource"})
			return
		}
		Answer(w, http.StatusOK, token.APIKey)
	case !known:
		Answer(w, http.StatusNotFound, codersdk.Response{Message: "Resource not found or you do not have access to this resource"})
	case r.Method == http.MethodDelete:
		delete(s.tokens, rest)
		w.WriteHeader(http.StatusNoContent)
	default:
		Answer(w, http.StatusOK, token.APIKey)
	}
}

func (s *Server) byName(name string) (MadeToken, bool) {
	for _, token := range s.tokens {
		if token.TokenName == name {
			return token, true
		}
	}
	return MadeToken{}, false
}

func (s *Server) makeToken(w http.ResponseWriter, r *http.Request) {
	var request codersdk.CreateTokenRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		Answer(w, http.StatusBadRequest, codersdk.Response{Message: "Request body must be valid JSON."})
		return
	}
	for _, scope := range request.Scopes {
		if !slices.Contains(s.Scopes, scope) {
			Answer(w, http.StatusBadRequest, codersdk.Response{
				Message: "Failed to create API key.", Detail: fmt.Sprintf("invalid or unsupported API key scope: %q", scope),
			})
			return
		}
	}
	if request.Lifetime < 0 || request.Lifetime > s.MaxTokenLifetime {
		Answer(w, http.StatusBadRequest, codersdk.Response{
			Message: "Failed to validate create API key request.", Detail: fmt.Sprintf("lifetime must be less than %v", s.MaxTokenLifetime),
		})
		return
	}
	if _, taken := s.byName(request.TokenName); taken {
		Answer(w, http.StatusConflict, codersdk.Response{Message: fmt.Sprintf("A token with name %q already exists.", request.TokenName)})
		return
	}
	random := strings.ReplaceAll(uuid.NewString(), "-", "")
	token := MadeToken{
		APIKey: codersdk.APIKey{
			ID: random[:10], UserID: uuid.MustParse(s.UserID), CreatedAt: time.Now(), ExpiresAt: time.Now().Add(request.Lifetime),
			LoginType: codersdk.LoginTypeToken, Scopes: request.Scopes, AllowList: request.AllowList, TokenName: request.TokenName,
			LifetimeSeconds: int64(request.Lifetime.Seconds()),
		},
		Secret: random[:10] + "-" + random[10:],
	}
	if s.tokens == nil {
		s.tokens = make(map[string]MadeToken)
	}
	s.tokens[token.ID] = token
	Answer(w, http.StatusCreated, codersdk.GenerateAPIKeyResponse{Key: token.Secret})
}

// redirect is what the gateway answers to a path with two slashes in a row, if it accepts the token.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	id, _, _ := strings.Cut(bearer, "-")
	token, known := s.tokens[id]
	if bearer != s.Token && (!known || token.Secret != bearer || s.Refuses != nil && s.Refuses(token.Scopes)) {
		http.Error(w, "unauthorized", http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusTemporaryRedirect)
}
