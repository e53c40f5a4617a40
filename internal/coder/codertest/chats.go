package codertest

import (
	"net/http"
	"strings"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
)

// chatModel is a row of the catalog from Coder 2.37 on, and chatModels the answer: coder/coder, codersdk/chats.go.
type chatModel struct {
	codersdk.ChatModelConfig
	OrganizationID uuid.UUID `json:"organization_id"`
}

type chatModels struct {
	Models               []chatModel    `json:"models"`
	Providers            []chatProvider `json:"providers"`
	UnsupportedProviders []chatProvider `json:"unsupported_providers"`
}

type chatProvider struct {
	ID                uuid.UUID `json:"id"`
	DisplayName       string    `json:"display_name"`
	Available         bool      `json:"available"`
	UnavailableReason string    `json:"unavailable_reason,omitempty"`
}

// moved answers what has another path or shape from Coder 2.37 on, and tells whether it did.
func (s *Server) moved(w http.ResponseWriter, r *http.Request) bool {
	const experimental, stable = "/api/experimental/", "/api/v2/"
	providers, configs := experimental+"users/me/ai-provider-keys", experimental+"chats/model-configs"
	if s.later() {
		providers, configs = stable+"users/me/ai-provider-keys", ""
	}
	organization, models := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, stable+"organizations/"), "/chats/models")
	switch {
	case r.URL.Path == providers:
		list(w, s.Providers)
	case r.URL.Path == configs:
		list(w, s.Catalog)
	case models && s.later() && s.Catalog != nil:
		s.chatModels(w, organization)
	default:
		return false
	}
	return true
}

// later tells whether the server claims to be Coder 2.37 or later.
func (s *Server) later() bool { return s.Build.Version >= "v2.37" }

func (s *Server) chatModels(w http.ResponseWriter, organization string) {
	id := s.Organizations[0]
	if organization != codersdk.DefaultOrganization {
		id = uuid.MustParse(organization)
	}
	answer := chatModels{Models: []chatModel{}, Providers: []chatProvider{}, UnsupportedProviders: []chatProvider{}}
	for _, model := range s.Catalog {
		if in, elsewhere := s.In[model.Model]; !elsewhere || in == id {
			answer.Models = append(answer.Models, chatModel{model, id})
		}
	}
	for _, p := range s.Providers {
		reason, unavailable := s.Unavailable[p.Provider.Name]
		answer.Providers = append(answer.Providers, chatProvider{p.Provider.ID, p.Provider.DisplayName, !unavailable, reason})
	}
	Answer(w, http.StatusOK, answer)
}
