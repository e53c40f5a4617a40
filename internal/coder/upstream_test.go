package coder

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// gatewayOf is a deployment with gateway providers, the usual ones if none are named.
func gatewayOf(s *codertest.Server, names ...string) Deployment {
	if names == nil {
		names = []string{"anthropic", "openai"}
	}
	d := Deployment{GatewayURL: s.URL + "/api/v2/ai-gateway", askedAt: time.Now()}
	for _, name := range names {
		d.Providers = append(d.Providers, Provider{Name: name, Type: "openai", Enabled: true})
	}
	return d
}

// upstream reads the lists of the gateway providers, and gives the ids by provider.
func upstream(t *testing.T, s *codertest.Server, c Config, names ...string) (map[string][]string, Catalog) {
	t.Helper()
	catalog := c.ReadCatalog(t.Context(), gatewayOf(s, names...), FromUpstream)
	ids := make(map[string][]string)
	for _, o := range catalog.Offers {
		ids[o.Provider] = append(ids[o.Provider], o.Model)
	}
	return ids, catalog
}

func TestUpstream(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Models["openai"] = []string{"z", "a", "z"}
	s.Models["anthropic"] = nil
	for i := range 45 {
		s.Models["anthropic"] = append(s.Models["anthropic"], fmt.Sprintf("claude-%d", i))
	}
	c := configOf(s)
	c.Headers = map[string]string{"CF-Access-Client-Id": "proxy"}
	models, catalog := upstream(t, s, c)
	assert.Nil(t, catalog.Problem)
	assert.Equal(t, map[string][]string{"anthropic": s.Models["anthropic"], "openai": {"z", "a"}}, models,
		"in order, each once, all pages")
	assert.Len(t, s.Requests(), 3, "one call each, and one for all that is left of the pages")
	for _, r := range s.Requests() {
		assert.Equal(t, http.MethodGet, r.Method)
		assert.Equal(t, "Bearer "+s.Token, r.Header.Get("Authorization"))
		assert.Equal(t, "proxy", r.Header.Get("CF-Access-Client-Id"))
	}
}

// One list's trouble is not another's.
func TestUpstreamProblems(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) func(*codertest.Server) {
		return func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/openai/") {
					return false
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(strings.ReplaceAll(body, "TOKEN", s.Token)))
				return true
			}
		}
	}
	for _, c := range []struct {
		name, provider string
		spoil          func(*codertest.Server)
		summary, says  string
	}{
		{"unknown", "vllm", nil, "Model List Not Read", "HTTP status 404 Not Found"},
		{
			"token", "openai", answer(403, "unauthorized\n"), "Session Token Refused by AI Gateway",
			"does not accept the session token",
		},
		{
			"budget", "openai", answer(403, "AI budget of US$5.00 exceeded. Please contact"), "AI Budget Exceeded",
			"raise the budget",
		},
		{
			"vendor's refusal", "openai", answer(401, `{"error":"Incorrect key sk-central TOKEN"}`), "Model List Not Read",
			"HTTP status 401 Unauthorized",
		},
		{
			"not a list", "openai", answer(200, "<html>TOKEN</html>"), "Model List Not Read",
			"the answer is no list of models: invalid character '<'",
		},
		{"null", "openai", answer(200, "null"), "Model List Not Read", "the answer has no list of models in data"},
		{
			"no id", "openai", answer(200, `{"data":[{"id":"a"},{"name":"b"}]}`), "Model List Not Read",
			"one of its models has no id",
		},
		{
			"too large", "openai", answer(200, `{"data":[{"id":"a"}],"x":"`+strings.Repeat("x", answerLimit)+`"}`),
			"Model List Not Read", "the answer is larger than 4 MiB",
		},
		{"sent elsewhere", "openai", func(s *codertest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/openai/") {
					return false
				}
				http.Redirect(w, r, "http://"+s.Token+"/", http.StatusTemporaryRedirect)
				return true
			}
		}, "Model List Not Read", "redirected to (redacted), which"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			if c.spoil != nil {
				c.spoil(s)
			}
			models, catalog := upstream(t, s, configOf(s), c.provider, "anthropic")
			assert.Equal(t, map[string][]string{"anthropic": s.Models["anthropic"]}, models, "no list is not an empty one")
			p := catalog.Problem
			require.NotNil(t, p)
			assert.Equal(t, c.summary, p.Summary)
			assert.Contains(t, p.Detail(), c.says)
			assert.Contains(t, p.Detail(), "\n\n", "cause, then remedy")
			assert.NotContains(t, p.Detail(), s.Token, "a diagnostic holds no secret")
			assert.NotContains(t, p.Detail(), "sk-central", "nor what a vendor says of a key")
		})
	}
}

// Pages that never end are left when they say nothing new.
func TestUpstreamPagesEnd(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Fail = func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"data":[{"id":"a"}],"has_more":true,"last_id":"a&b"}`))
		return true
	}
	models, catalog := upstream(t, s, configOf(s), "openai")
	assert.Nil(t, catalog.Problem)
	assert.Equal(t, []string{"a"}, models["openai"])
	require.Len(t, s.Requests(), 2)
	assert.Equal(t, "a&b", s.Requests()[1].URL.Query().Get("after_id"))
}

func TestUpstreamInParallelAndBounded(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	var both sync.WaitGroup
	both.Add(2)
	s.Fail = func(http.ResponseWriter, *http.Request) bool {
		both.Done()
		both.Wait() // each is answered only once the other has come
		return false
	}
	_, catalog := upstream(t, s, configOf(s))
	assert.Nil(t, catalog.Problem)

	s.Fail = func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	}
	begin := time.Now()
	models, catalog := upstream(t, s, configOf(s))
	assert.Less(t, time.Since(begin), 2*askTime)
	assert.Empty(t, models)
	require.NotNil(t, catalog.Problem)
	assert.Equal(t, "Model List Not Read", catalog.Problem.Summary)
	assert.Contains(t, catalog.Problem.Detail(), "Error: context deadline exceeded")
}
