package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cdr.dev/slog/v3"
	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chosen is what a resource holds that takes the administrators' choice.
const chosen = "  catalog {}\n"

// throughFront is a provider block whose deployment is reached through a proxy.
func throughFront(f *front) string {
	return fmt.Sprintf("provider \"factory\" {\n  access_url = %q\n}\n", f.URL)
}

// offer has the administrator choose a model for everybody.
func (d *deployment) offer(t *testing.T, provider, model, displayName string, isDefault bool) codersdk.ChatModelConfig {
	t.Helper()
	p, err := d.admin.AIProvider(t.Context(), provider)
	require.NoError(t, err)
	limit, output := int64(200000), int64(32000)
	made, err := codersdk.NewExperimentalClient(d.admin).CreateChatModelConfig(t.Context(),
		codersdk.CreateChatModelConfigRequest{
			AIProviderID: &p.ID, Model: model, DisplayName: displayName, IsDefault: &isDefault, ContextLimit: &limit,
			ModelConfig: &codersdk.ChatModelCallConfig{MaxOutputTokens: &output},
		})
	require.NoError(t, err)
	return made
}

func (d *deployment) offerUsual(t *testing.T) (claude, gpt codersdk.ChatModelConfig) {
	t.Helper()
	claude = d.offer(t, "anthropic", "claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", true)
	return claude, d.offer(t, "openai", "gpt-5.2-codex", "GPT 5.2 Codex", false)
}

func idsOf(models []entry) (ids []string) {
	for _, e := range models {
		ids = append(ids, e.ID)
	}
	return ids
}

// listed is a path from which a list of models comes: the administrators' choice, or a vendor's own.
func listed(path string) bool {
	return strings.Contains(path, "/chats/") || strings.HasSuffix(path, "/v1/models")
}

// What the administrators choose is in Droid's menu at the next start, though the template names no model. A second
// resource takes the vendors' own lists. Whatever happens to a list, the previous menu stays whole, the build ends soon
// and says once for each resource what happened.
func TestCatalog(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	log := &recorder{}
	d := newDeployment(t, setup{log: log})
	claude, gpt := d.offerUsual(t)
	f := d.front(t)
	user, _ := d.newUser(t)
	w, first := d.workspace(t, user, d.template(t, templateWith(chosen, throughFront(f)+`
resource "factory_custom_models" "upstream" {
  namespace = "upstream"
  catalog {
    source  = "upstream"
    include = ["*"]
  }
}
`)))
	c.home = w.home
	w.boot(t, first.succeeded(t), ready)()
	models := entries(t, w.settings(t))
	require.Equal(t, []string{"custom:coder/claude-sonnet-4-5-20250929", "custom:coder/gpt-5.2-codex"}, idsOf(models))
	vendors := first.instances(t, "factory_custom_models", "upstream")
	for _, name := range []string{"anthropic/model-of-the-vendor", "openai/model-of-the-vendor"} {
		assert.Contains(t, vendors, `"custom:upstream/`+name+`"`)
	}
	help := c.run(t, "exec", "--help")
	assert.Contains(t, help, "Claude Sonnet 4.5")
	assert.Contains(t, help, "GPT 5.2 Codex")
	assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the administrators' default")
	d.saw(t, models[0])
	d.completes(t, c, models[1])

	admin, yes, no := codersdk.NewExperimentalClient(d.admin), true, false
	_, err := admin.UpdateChatModelConfig(t.Context(), gpt.ID, codersdk.UpdateChatModelConfigRequest{Enabled: &no})
	require.NoError(t, err)
	added := d.offer(t, "openai", "gpt-6", "GPT 6", false)
	_, err = admin.UpdateChatModelConfig(t.Context(), added.ID, codersdk.UpdateChatModelConfigRequest{IsDefault: &yes})
	require.NoError(t, err)
	w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	log.take()
	second := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	said := log.take()
	require.Len(t, said, 1, "coderd's log has the one line with which it answers a member's look at the catalog")
	assert.Contains(t, said[0], "requester is not authorized")
	w.boot(t, second, ready)()
	whole := []string{"custom:coder/" + claude.Model, "custom:coder/gpt-6"}
	models = entries(t, w.settings(t))
	assert.Equal(t, whole, idsOf(models))
	assert.Contains(t, w.settings(t), `"model": "custom:coder/`+claude.Model+`"`,
		"a default that is still there stays the user's")
	d.completes(t, c, models[1])

	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, fault := range []struct {
		answer http.HandlerFunc
		says   string
	}{
		{answer(http.StatusTooManyRequests, "slow down"), "HTTP status 429"},
		{answer(http.StatusOK, `[{"id":"`), "Error:"},
		{silence, "context deadline exceeded"},
	} {
		lasted := f.spoil(listed, fault.answer)
		b := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
		f.set(pass)
		said := b.warnings()
		require.Len(t, said, 2, fault.says)
		for _, text := range said {
			assert.Contains(t, text, fault.says)
			assert.Contains(t, text, "stands in.", fault.says)
		}
		assert.Less(t, lasted(), 30*time.Second, fault.says)
		assert.Contains(t, b.instances(t, "factory_custom_models", "upstream"), "/model-of-the-vendor", fault.says)
		w.boot(t, b, ready)()
		models := entries(t, w.settings(t))
		assert.Equal(t, whole, idsOf(models), fault.says)
		models[0].works(t)
	}

	for _, offered := range []uuid.UUID{claude.ID, added.ID} {
		_, err = admin.UpdateChatModelConfig(t.Context(), offered, codersdk.UpdateChatModelConfigRequest{Enabled: &no})
		require.NoError(t, err)
	}
	emptied := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	assert.Contains(t, unwrapped(emptied.log), "Warning: Catalog Empty")
	w.boot(t, emptied, ready)()
	assert.Empty(t, entries(t, w.settings(t)), "an empty list is an answer")
}

// front stands before a real deployment, as a company's proxy does, and spoils some answers.
type front struct {
	*httptest.Server
	mu    sync.Mutex
	serve func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

func (d *deployment) front(t *testing.T) *front {
	t.Helper()
	target, err := url.Parse(d.admin.URL.String())
	require.NoError(t, err)
	next := httputil.NewSingleHostReverseProxy(target)
	f := &front{serve: pass}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		serve := f.serve
		f.mu.Unlock()
		serve(w, r, next)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *front) set(serve func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serve = serve
}

// spoil has some paths answered otherwise than the deployment does. What it returns tells how long it took from the
// first such request to the end of the last. How long a build takes says little on a busy machine.
func (f *front) spoil(some func(path string) bool, answer http.HandlerFunc) (lasted func() time.Duration) {
	var mu sync.Mutex
	var first, last time.Time
	f.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !some(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		begin := time.Now()
		answer(w, r)
		mu.Lock()
		defer mu.Unlock()
		if first.IsZero() || begin.Before(first) {
			first = begin
		}
		last = time.Now()
	})
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return last.Sub(first)
	}
}

// silence is a server that takes a request and says nothing.
func silence(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
	}
}

// recorder keeps what coderd logs at WARN and above.
type recorder struct {
	mu      sync.Mutex
	entries []slog.SinkEntry
}

func (r *recorder) LogEntry(_ context.Context, e slog.SinkEntry) {
	if e.Level >= slog.LevelWarn {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.entries = append(r.entries, e)
	}
}

func (r *recorder) Sync() {}

// take returns the messages since the last time.
func (r *recorder) take() (messages []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.entries {
		var fields bytes.Buffer
		for _, f := range e.Fields {
			_, _ = fmt.Fprintf(&fields, " %s=%v", f.Name, f.Value)
		}
		messages = append(messages, e.Message+fields.String())
	}
	r.entries = nil
	return messages
}
