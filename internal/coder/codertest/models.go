package codertest

import (
	"net/http"
	"slices"
	"strconv"
)

// model is the part of an upstream's description that both protocols have.
type model struct {
	ID string `json:"id"`
}

// models answers for the list of models: the gateway's refusals, then the upstream.
func (s *Server) models(w http.ResponseWriter, r *http.Request, provider string) {
	_, known := s.Models[provider]
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.Token:
		http.Error(w, "unauthorized", http.StatusForbidden)
	case !known:
		http.Error(w, "route not supported: GET /"+provider+"/v1/models", http.StatusNotFound)
	case provider == "anthropic":
		anthropicModels(w, r, s.Models[provider])
	default:
		Answer(w, http.StatusOK, map[string]any{"object": "list", "data": described(s.Models[provider])})
	}
}

// anthropicModels wants a version and answers in pages, as Anthropic does.
func anthropicModels(w http.ResponseWriter, r *http.Request, ids []string) {
	if r.Header.Get("Anthropic-Version") == "" {
		Answer(w, http.StatusBadRequest, map[string]string{"type": "error"})
		return
	}
	limit := 20
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		limit = n
	}
	ids = ids[slices.Index(ids, r.URL.Query().Get("after_id"))+1:]
	page := ids[:min(limit, len(ids))]
	last := ""
	if len(page) > 0 {
		last = page[len(page)-1]
	}
	Answer(w, http.StatusOK, map[string]any{"data": described(page), "has_more": len(page) < len(ids), "last_id": last})
}

func described(ids []string) []model {
	out := []model{}
	for _, id := range ids {
		out = append(out, model{ID: id})
	}
	return out
}
