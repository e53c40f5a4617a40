package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cdr.dev/slog/v3"
	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a resource holds that names no model: the administrators' choice, or each vendor's own list.
const (
	chosen   = "  catalog {}\n"
	upstream = "  catalog {\n    source  = \"upstream\"\n    include = [\"*\"]\n  }\n"
)

// throughFront is a provider block whose deployment is reached through a proxy.
func throughFront(f *front) string {
	return fmt.Sprintf("provider \"factory\" {\n  access_url = %q\n}\n", f.URL)
}

// offer has the administrator choose a model for everybody.
func (d *deployment) offer(t *testing.T, provider, model, displayName string, isDefault bool) codersdk.ChatModelConfig {
	t.Helper()
	providers, err := d.admin.AIProviders(t.Context())
	require.NoError(t, err)
	for _, p := range providers {
		if p.Name != provider {
			continue
		}
		id, limit, output := p.ID, int64(200000), int64(32000)
		made, err := codersdk.NewExperimentalClient(d.admin).CreateChatModelConfig(t.Context(),
			codersdk.CreateChatModelConfigRequest{
				AIProviderID: &id, Model: model, DisplayName: displayName, IsDefault: &isDefault, ContextLimit: &limit,
				ModelConfig: &codersdk.ChatModelCallConfig{MaxOutputTokens: &output},
			})
		require.NoError(t, err)
		return made
	}
	t.Fatalf("no provider %s", provider)
	return codersdk.ChatModelConfig{}
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

// warnings are those of the build, without the one about the lock file that every build has here.
func (b build) warnings() (said []string) {
	for _, text := range strings.Split(unwrapped(b.log), "Warning: ")[1:] {
		if !strings.HasPrefix(text, "Incomplete lock file") {
			said = append(said, text)
		}
	}
	return said
}

// What the administrators choose is in Droid's menu at the next start, though the template names no model.
func TestCatalog(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	d := newDeployment(t, setup{})
	claude, gpt := d.offerUsual(t)
	user, _ := d.newUser(t)
	w, first := d.workspace(t, user, d.template(t, templateWith(chosen, "")))
	first.succeeded(t)
	c.home = w.home
	stop := w.boot(t, first, ready)
	stop()
	models := entries(t, w.settings(t))
	require.Equal(t, []string{"custom:coder/claude-sonnet-4-5-20250929", "custom:coder/gpt-5.2-codex"}, idsOf(models))
	help := c.run(t, "exec", "--help")
	assert.Contains(t, help, "Claude Sonnet 4.5")
	assert.Contains(t, help, "GPT 5.2 Codex")
	assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the administrators' default")
	d.saw(t, models[0])
	assert.Contains(t, c.run(t, "exec", "-m", models[1].ID, "say pong"), "pong")
	d.saw(t, models[1])

	admin, yes, no := codersdk.NewExperimentalClient(d.admin), true, false
	_, err := admin.UpdateChatModelConfig(t.Context(), gpt.ID, codersdk.UpdateChatModelConfigRequest{Enabled: &no})
	require.NoError(t, err)
	added := d.offer(t, "openai", "gpt-6", "GPT 6", false)
	_, err = admin.UpdateChatModelConfig(t.Context(), added.ID, codersdk.UpdateChatModelConfigRequest{IsDefault: &yes})
	require.NoError(t, err)
	w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	second := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	stop = w.boot(t, second, ready)
	stop()
	models = entries(t, w.settings(t))
	assert.Equal(t, []string{"custom:coder/" + claude.Model, "custom:coder/gpt-6"}, idsOf(models))
	assert.Contains(t, w.settings(t), `"model": "custom:coder/`+claude.Model+`"`,
		"a default that is still there stays the user's")
	assert.Contains(t, c.run(t, "exec", "-m", models[1].ID, "say pong"), "pong")
	d.saw(t, models[1])

	for _, offered := range []uuid.UUID{claude.ID, added.ID} {
		_, err = admin.UpdateChatModelConfig(t.Context(), offered, codersdk.UpdateChatModelConfigRequest{Enabled: &no})
		require.NoError(t, err)
	}
	w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	emptied := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	assert.Contains(t, unwrapped(emptied.log), "Warning: Catalog Empty")
	stop = w.boot(t, emptied, ready)
	stop()
	assert.Empty(t, entries(t, w.settings(t)), "an empty list is an answer")
}

// A prebuild reads nothing, and the user who claims it gets the list.
func TestCatalogOfClaimedPrebuild(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{prebuilds: true})
	d.offerUsual(t)
	user, _ := d.newUser(t)
	w, claimed := d.claim(t, user, d.template(t, templateWith(chosen, "")+prebuilt))
	assert.NotContains(t, unwrapped(claimed.log), "Warning: Catalog")
	require.Eventually(t, func() bool {
		text, err := readFile(w.settingsPath())
		return err == nil && len(entries(t, text)) == 2
	}, patience, 200*time.Millisecond)
	status, body := entries(t, w.settings(t))[0].ask(t)
	assert.Equal(t, http.StatusOK, status, body)
}

// front stands before a real deployment, as a company's proxy does, and spoils some answers.
type front struct {
	*httptest.Server
	mu    sync.Mutex
	spoil func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func (d *deployment) front(t *testing.T) *front {
	t.Helper()
	f := &front{}
	target, err := url.Parse(d.admin.URL.String())
	require.NoError(t, err)
	next := httputil.NewSingleHostReverseProxy(target)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		spoil := f.spoil
		f.mu.Unlock()
		if spoil == nil {
			spoil = func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
		}
		spoil(w, r, next)
	}))
	t.Cleanup(f.Close)
	return f
}

// hang makes the calls hang whose path ends so.
func (f *front) hang(path string) {
	f.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, path) {
			silence(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// silence is a server that takes a request and says nothing.
func silence(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
	}
}

// lists spoils the answers alone that are lists of models.
func (f *front) lists(spoil func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	f.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.Contains(r.URL.Path, "/chats/") || strings.HasSuffix(r.URL.Path, "/v1/models") {
			spoil(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (f *front) set(spoil func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoil = spoil
}

// Whatever happens to the list on its way, the previous menu stays whole, the build ends soon and says once what
// happened.
func TestCatalogFaults(t *testing.T) {
	t.Parallel()
	answer := func(status int, header, body string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			if name, value, found := strings.Cut(header, ": "); found {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	faults := []struct {
		name  string
		spoil func(http.ResponseWriter, *http.Request, http.Handler)
		says  string
	}{
		{"429", answer(429, "", "slow down"), "tatus"},
		{"429 with Retry-After", answer(429, "Retry-After: 20", "slow down"), "tatus"},
		{"503", answer(503, "", "busy"), "tatus"},
		{"truncated", answer(200, "Content-Type: application/json", `[{"id":"`), "Error:"},
		{"login page", answer(200, "Content-Type: text/html", "<html>Sign in</html>"), "invalid character"},
		{"10 MB", answer(200, "Content-Type: application/json", "["+strings.Repeat(" ", 10<<20)+"]"), "larger than 4 MiB"},
		{"silence", silence, "context deadline exceeded"},
		{"5,000 models", manyModels, "Too Large"},
	}
	for source, catalog := range map[string]string{"coder": chosen, "upstream": upstream} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, setup{})
			d.offerUsual(t)
			f := d.front(t)
			user, _ := d.newUser(t)
			w, first := d.workspace(t, user, d.template(t, templateWith(catalog, throughFront(f))))
			first.succeeded(t)
			stop := w.boot(t, first, ready)
			stop()
			whole := idsOf(entries(t, w.settings(t)))
			require.NotEmpty(t, whole)
			for _, fault := range faults {
				w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
				f.lists(fault.spoil)
				b := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
				f.set(nil)
				said := b.warnings()
				if assert.Len(t, said, 1, fault.name) {
					assert.Contains(t, said[0], fault.says, fault.name)
					assert.Contains(t, said[0], "stands in.", fault.name)
				}
				assert.Less(t, b.Job.CompletedAt.Sub(*b.Job.StartedAt), 30*time.Second, fault.name)
				stop := w.boot(t, b, ready)
				stop()
				models := entries(t, w.settings(t))
				assert.Equal(t, whole, idsOf(models), fault.name)
				status, body := models[0].ask(t)
				assert.Equal(t, http.StatusOK, status, "%s: the token of this start: %s", fault.name, body)
			}
		})
	}
}

// manyModels answers with what the deployment has, a thousand times over.
func manyModels(w http.ResponseWriter, r *http.Request, next http.Handler) {
	real := httptest.NewRecorder()
	r.Header.Del("Accept-Encoding")
	next.ServeHTTP(real, r)
	more := func(rows []map[string]any, field string) (out []map[string]any) {
		for i := range 5000 {
			row := map[string]any{}
			for name, value := range rows[i%len(rows)] {
				row[name] = value
			}
			row[field] = fmt.Sprintf("%v-%d", row[field], i)
			out = append(out, row)
		}
		return out
	}
	var body any
	if list := []map[string]any{}; json.Unmarshal(real.Body.Bytes(), &list) == nil {
		body = more(list, "model")
	} else {
		var vendors struct {
			Data []map[string]any `json:"data"`
		}
		_ = json.Unmarshal(real.Body.Bytes(), &vendors)
		body = map[string]any{"data": more(vendors.Data, "id")}
	}
	_ = json.NewEncoder(w).Encode(body)
}

// Ten workspaces start at once, and the gateway takes two requests at a time: nobody loses a model.
func TestCatalogOfManyWorkspaces(t *testing.T) {
	t.Parallel()
	const many = 10
	d := newDeployment(t, setup{})
	for range many - 1 {
		d.startProvisioner(t, terraformOnPath.path(t))
	}
	f := d.front(t)
	template := d.template(t, templateWith(upstream, throughFront(f)))
	var workspaces []*workspace
	for range many {
		user, _ := d.newUser(t)
		w, first := d.workspace(t, user, template)
		first.succeeded(t)
		w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
		workspaces = append(workspaces, w)
	}
	var now, refused, warned atomic.Int32
	f.lists(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		defer now.Add(-1)
		if now.Add(1) > 2 {
			refused.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		time.Sleep(50 * time.Millisecond)
		next.ServeHTTP(w, r)
	})
	var wg sync.WaitGroup
	for _, w := range workspaces {
		wg.Go(func() {
			b := w.run(t, codersdk.WorkspaceTransitionStart)
			assert.Equal(t, codersdk.ProvisionerJobSucceeded, b.Job.Status)
			assert.Len(t, b.attributes(t).ModelIDs, 2)
			if len(b.warnings()) > 0 {
				warned.Add(1)
			}
		})
	}
	wg.Wait()
	t.Logf("%d requests were refused at first; in %d of %d starts the previous list stood in", refused.Load(),
		warned.Load(), many)
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

// Ten starts leave nothing in coderd's log, but the one line with which it answers a member's look at the catalog.
func TestQuietChecks(t *testing.T) {
	t.Parallel()
	forms, _ := allForms()
	for _, c := range []struct {
		name, template string
		allowed        int
	}{
		{"models", templateWith(forms, ""), 0},
		{"catalog", templateWith(chosen, ""), 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			log := &recorder{}
			d := newDeployment(t, setup{log: log})
			d.offerUsual(t)
			user, _ := d.newUser(t)
			w, b := d.workspace(t, user, d.template(t, c.template))
			b.succeeded(t)
			w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			log.take()
			for range 10 {
				w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
				w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			}
			allowed := 0
			for _, line := range log.take() {
				if strings.Contains(line, "requester is not authorized") {
					allowed++
					continue
				}
				assert.Fail(t, "coderd logged", line)
			}
			assert.Equal(t, c.allowed, allowed)
		})
	}
}
