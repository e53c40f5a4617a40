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
	case !known:
		Answer(w, http.StatusNotFound,
			codersdk.Response{Message: "Resource not found or you do not have access to this resource"})
	case r.Method == http.MethodDelete:
		delete(s.tokens, rest)
		w.WriteHeader(http.StatusNoContent)
	default:
		Answer(w, http.StatusOK, token.APIKey)
	}
}

// target is an entry of an allow list, of any kind.
type target codersdk.APIAllowListTarget

func (t *target) UnmarshalJSON(text []byte) error {
	kind, id, _ := strings.Cut(strings.Trim(string(text), `"`), ":")
	t.Type, t.ID = codersdk.RBACResource(kind), id
	return nil
}

func (s *Server) makeToken(w http.ResponseWriter, r *http.Request) {
	var request struct {
		codersdk.CreateTokenRequest
		AllowList []target `json:"allow_list"` // codersdk refuses kinds of objects that are newer than itself
	}
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
			Message: "Failed to validate create API key request.",
			Detail:  fmt.Sprintf("lifetime must be less than %v", s.MaxTokenLifetime),
		})
		return
	}
	if slices.ContainsFunc(s.sorted(), func(t MadeToken) bool { return t.TokenName == request.TokenName }) {
		Answer(w, http.StatusConflict,
			codersdk.Response{Message: fmt.Sprintf("A token with name %q already exists.", request.TokenName)})
		return
	}
	random := strings.ReplaceAll(uuid.NewString(), "-", "")
	token := MadeToken{
		APIKey: codersdk.APIKey{
			ID:              random[:10],
			UserID:          uuid.MustParse(s.UserID),
			CreatedAt:       time.Now(),
			ExpiresAt:       time.Now().Add(request.Lifetime),
			LoginType:       codersdk.LoginTypeToken,
			Scopes:          request.Scopes,
			TokenName:       request.TokenName,
			LifetimeSeconds: int64(request.Lifetime.Seconds()),
		},
		Secret: random[:10] + "-" + random[10:],
	}
	for _, t := range request.AllowList {
		token.AllowList = append(token.AllowList, codersdk.APIAllowListTarget(t))
	}
	if s.tokens == nil {
		s.tokens = make(map[string]MadeToken)
	}
	s.tokens[token.ID] = token
	Answer(w, http.StatusCreated, codersdk.GenerateAPIKeyResponse{Key: token.Secret})
}

// accepted gives the token of a request if the gateway knows it. The session token has no scopes.
func (s *Server) accepted(r *http.Request) (token MadeToken, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key := r.Header.Get("x-api-key"); key != "" {
		bearer = key
	}
	if bearer == s.Token {
		return MadeToken{}, true
	}
	id, _, _ := strings.Cut(bearer, "-")
	token, known := s.tokens[id]
	return token, known && token.Secret == bearer && (s.Refuses == nil || !s.Refuses(token.Scopes))
}

// redirect is what the gateway answers to a path with two slashes in a row, if it accepts the token. Such a request
// names no model, so scopes don't matter.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.accepted(r); !ok {
		http.Error(w, "unauthorized", http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// prompt answers a request that names a model. With AuthorizesModels it does so as coder/coder does on the branch of
// September 2026, coderd/aibridgedserver/modelaccess.go: the key's scopes and its allow list must permit the use of any
// model, or of the configuration of this one.
func (s *Server) prompt(w http.ResponseWriter, r *http.Request, provider string) {
	token, ok := s.accepted(r)
	var body struct{ Model string }
	if !ok || json.NewDecoder(r.Body).Decode(&body) != nil {
		http.Error(w, "unauthorized", http.StatusForbidden)
		return
	}
	config := slices.IndexFunc(s.Catalog, func(c codersdk.ChatModelConfig) bool {
		return c.Model == body.Model && c.AIProviderID == idOf(provider)
	})
	permitted := token.permits("ai_gateway_unrestricted", "") ||
		config >= 0 && token.permits("chat_model_config", s.Catalog[config].ID.String())
	if s.AuthorizesModels && token.Secret != "" && !permitted {
		http.Error(w, "model not permitted", http.StatusForbidden)
		return
	}
	Answer(w, http.StatusOK, map[string]string{"model": body.Model})
}

// permits tells whether the token may use an object of a kind.
func (t MadeToken) permits(kind codersdk.RBACResource, id string) bool {
	listed := slices.ContainsFunc(t.AllowList, func(a codersdk.APIAllowListTarget) bool {
		return (a.Type == kind || a.Type == "*") && (a.ID == "*" || a.ID == id)
	})
	return listed && slices.Contains(t.Scopes, codersdk.APIKeyScope(kind)+":use")
}
