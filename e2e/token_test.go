package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const ownToken = "  token_scope = \"gateway\"\n"

// tokens are the living ones that the user, or somebody with their session token, has made.
func tokens(t *testing.T, user *codersdk.Client) []codersdk.APIKeyWithOwner {
	t.Helper()
	keys, err := user.Tokens(t.Context(), codersdk.Me, codersdk.TokensFilter{})
	require.NoError(t, err)
	return keys
}

// status asks the deployment with a token, and returns what it answers.
func (d *deployment) status(t *testing.T, token, method, path, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, d.admin.URL.String()+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set(codersdk.SessionTokenHeader, token)
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

// A start makes a token that the gateway takes and that can do nothing else. Ten starts leave one.
func TestOwnToken(t *testing.T) {
	t.Parallel()
	log := &recorder{}
	d := newDeployment(t, setup{log: log})
	user, account := d.newUser(t)
	forms, _ := allForms()
	template := d.template(t, templateWith(forms+ownToken, verified)+`
resource "factory_custom_models" "second" {
  namespace   = "second"
  token_scope = "gateway"
  model {
    model    = "gpt"
    provider = "openai"
  }
}
`)
	w, b := d.workspace(t, user, template)
	b.succeeded(t)
	keys := tokens(t, user)
	require.Len(t, keys, 1, "two resources share a token")
	assert.Regexp(t, `^droid-w[0-9a-f]{12}-[0-9a-f]{12}-[0-9a-f]{12}$`, keys[0].TokenName)
	assert.EqualValues(t, 168*3600, keys[0].LifetimeSeconds)

	stop := w.boot(t, b, ready)
	models := entries(t, w.settings(t))
	token := models[0].APIKey
	assert.Equal(t, keys[0].ID, strings.SplitN(token, "-", 2)[0])
	for _, e := range models {
		status, body := e.ask(t)
		assert.Equal(t, http.StatusOK, status, "%s: %s", e.ID, body)
		assert.Contains(t, e.APIKey+e.ExtraHeaders["X-Coder-AI-Governance-Token"], token)
	}
	w.hides(t, token, b.document(t))
	stop()
	log.take()

	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/v2/users/me", ""},
		{http.MethodGet, "/api/v2/users/" + account.ID.String(), ""},
		{http.MethodPut, "/api/v2/users/me/profile", `{"username":"other"}`},
		{http.MethodGet, "/api/v2/users/me/secrets", ""},
		{http.MethodPost, "/api/v2/users/me/secrets", `{"name":"x","value":"y"}`},
		{http.MethodGet, "/api/v2/users/me/gitsshkey", ""},
		{http.MethodGet, "/api/v2/users/me/skills", ""},
		{http.MethodGet, "/api/experimental/users/me/skills", ""},
		{http.MethodGet, "/api/v2/users/me/keys/tokens/tokenconfig", ""},
		{http.MethodPost, "/api/v2/users/me/keys/tokens", `{}`},
		{http.MethodPost, "/api/v2/users/me/keys", ""},
		{http.MethodDelete, "/api/v2/users/me/keys/" + keys[0].ID, ""},
		{http.MethodGet, "/api/v2/users/me/workspace/any", ""},
		{http.MethodGet, "/api/v2/workspaces/" + w.id.String(), ""},
		{http.MethodPost, "/api/v2/workspaces/" + w.id.String() + "/builds", `{"transition":"stop"}`},
		{http.MethodPost, "/api/v2/users/me/workspaces", fmt.Sprintf(`{"template_id":%q,"name":"more"}`, template.ID)},
		{http.MethodGet, "/api/v2/templates/" + template.ID.String(), ""},
		{http.MethodGet, "/api/v2/organizations/" + d.organization.String(), ""},
		{http.MethodGet, "/api/v2/deployment/config", ""},
	} {
		status, answer := d.status(t, token, c.method, c.path, c.body)
		assert.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, status, "%s %s: %s", c.method, c.path, answer)
	}
	for _, path := range []string{"/api/v2/workspaces", "/api/v2/users/me/keys/tokens"} { // what the token may see
		status, answer := d.status(t, token, http.MethodGet, path, "")
		assert.Contains(t, []int{http.StatusOK, http.StatusNotFound}, status, path)
		assert.NotContains(t, answer, w.id.String())
		assert.NotContains(t, answer, keys[0].ID)
	}
	log.take()

	for range 9 {
		w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	}
	assert.Empty(t, log.take(), "the server has nothing to complain of")
	renewed := tokens(t, user)
	require.Len(t, renewed, 1)
	assert.NotEqual(t, keys[0].ID, renewed[0].ID)
	status, _ := models[0].ask(t)
	assert.Equal(t, http.StatusForbidden, status, "the token of the first start is dead")

	stopped := w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	assert.Len(t, tokens(t, user), 1, "a stop has no right to end it")
	assert.NotContains(t, stopped.ours(t), renewed[0].ID+"-")
	w.run(t, codersdk.WorkspaceTransitionDelete).succeeded(t)
}

// How the gateway is asked whether it takes a token: a path from which it only redirects. It does so without a line
// in its log.
func TestOwnTokenProbe(t *testing.T) {
	t.Parallel()
	log := &recorder{}
	d := newDeployment(t, setup{log: log})
	user, _ := d.newUser(t)
	log.take()
	for _, root := range []string{"/api/v2/ai-gateway", "/api/v2/aibridge"} {
		status, answer := d.status(t, user.SessionToken(), http.MethodGet, root+"/token//check", "")
		assert.Equal(t, http.StatusTemporaryRedirect, status, answer)
		assert.Empty(t, log.take())
		assert.Empty(t, append(d.anthropic.calls(), d.openai.calls()...))
		status, answer = d.status(t, "abcdefghij-abcdefghijklmnopqrstuv", http.MethodGet, root+"/token//check", "")
		assert.Equal(t, http.StatusForbidden, status)
		assert.Contains(t, answer, "unauthorized")
		log.take()
	}
}

// A start that fails after the token was made leaves one that the next start deletes.
func TestOwnTokenOfAFailedStart(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	template := d.template(t, templateWith(oneModel+ownToken, verified))
	w, first := d.workspace(t, user, template)
	first.succeeded(t)
	broken := d.push(t, template.ID, templateWith(oneModel+ownToken, verified)+`
resource "terraform_data" "broken" {
  count      = data.coder_workspace.me.start_count
  depends_on = [factory_custom_models.droid]
  provisioner "local-exec" {
    command = "exit 1"
  }
}
`)
	before := tokens(t, user)
	require.Len(t, before, 1)
	failed := w.run(t, codersdk.WorkspaceTransitionStart, broken.ID)
	require.Equal(t, codersdk.ProvisionerJobFailed, failed.Job.Status)
	left := tokens(t, user)
	require.Len(t, left, 1)
	assert.NotEqual(t, before[0].ID, left[0].ID)
	w.run(t, codersdk.WorkspaceTransitionStart, template.ActiveVersionID).succeeded(t)
	after := tokens(t, user)
	require.Len(t, after, 1)
	assert.NotEqual(t, left[0].ID, after[0].ID)
}

// A template goes back to the session token, or does without the models: the next start deletes the token of earlier
// ones.
func TestOwnTokenNoLongerWanted(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	without := templateWith("", "")
	at := strings.Index(without, "resource \"factory_custom_models\"")
	without = without[:at] + without[at+strings.Index(without[at:], "}\n")+2:]
	without = regexp.MustCompile(`(?m)^.*factory_custom_models\.droid.*\n`).ReplaceAllString(without, "")
	for name, text := range map[string]string{"session": templateWith(oneModel, ""), "no resource": without} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user, _ := d.newUser(t)
			template := d.template(t, templateWith(oneModel+ownToken, verified))
			w, first := d.workspace(t, user, template)
			first.succeeded(t)
			require.Len(t, tokens(t, user), 1)
			version := d.push(t, template.ID, text)
			w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t)
			assert.Empty(t, tokens(t, user))
		})
	}
}

// Whichever call hangs, a template that asks for a token of its own never delivers the session token, and the build
// ends soon. A user's file keeps the token of the start before, which still works.
func TestOwnTokenFaults(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	f := d.front(t)
	user, _ := d.newUser(t)
	// The default verification: a failed check warns.
	body := oneModel + ownToken
	blocks := throughFront(f) + "data \"coder_workspace_owner\" \"me\" {}\n"
	w, b := d.workspace(t, user, d.template(t, templateWith(body, blocks)))
	b.succeeded(t)
	w.boot(t, b, ready)()
	for _, path := range []string{
		"/api/v2/buildinfo", "/api/v2/users/me", "/api/v2/entitlements", "/ai-provider-keys", "/auth/scopes",
		"/keys/tokens/tokenconfig", "/keys/tokens", "/token//check",
	} {
		w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
		f.hang(path)
		b := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
		f.set(nil)
		session := b.sessionToken(t)
		assert.False(t, holds(b.ours(t), session), "%s: our state holds the session token", path)
		assert.Less(t, b.Job.CompletedAt.Sub(*b.Job.StartedAt), 30*time.Second, path)
		w.boot(t, b, ready)()
		models := entries(t, w.settings(t))
		require.Len(t, models, 1, path)
		assert.NotContains(t, w.settings(t), session, path)
		status, answer := models[0].ask(t)
		assert.Equal(t, http.StatusOK, status, "%s: %s", path, answer)
	}
}

// A prebuild makes no token; a claim makes the claimer's.
func TestOwnTokenOfAClaim(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{prebuilds: true})
	user, _ := d.newUser(t)
	w, _ := d.claim(t, user, d.template(t, templateWith(oneModel+ownToken, verified)+prebuilt), func() {
		all, err := d.admin.Tokens(t.Context(), codersdk.Me, codersdk.TokensFilter{IncludeAll: true})
		require.NoError(t, err)
		assert.Empty(t, all, "a prebuild makes none")
	})
	keys := tokens(t, user)
	require.Len(t, keys, 1)
	require.Eventually(t, func() bool {
		_, err := os.Stat(w.settingsPath())
		return err == nil
	}, patience, 200*time.Millisecond)
	e := entries(t, w.settings(t))[0]
	assert.True(t, strings.HasPrefix(e.APIKey, keys[0].ID+"-"))
	status, body := e.ask(t)
	assert.Equal(t, http.StatusOK, status, body)
}

// Droid completes a prompt with such a token, and says what it gets when the token has expired or was deleted.
func TestOwnTokenInDroid(t *testing.T) {
	t.Parallel()
	for _, release := range droids {
		t.Run(release.version, func(t *testing.T) {
			t.Parallel()
			c := newDroid(t, release)
			d := newDeployment(t, setup{})
			user, _ := d.newUser(t)
			forms, _ := allForms()
			w, b := d.workspace(t, user, d.template(t, templateWith(forms+ownToken, verified)))
			b.succeeded(t)
			c.home = w.home
			w.setSettings(t, "{\n  \"cloudSessionSync\": false\n}")
			for _, end := range []struct {
				token func(id string) error
				tried int // how many of the entries, which are: each protocol, then each with a personal key
			}{
				{func(id string) error { return user.ExpireAPIKey(t.Context(), codersdk.Me, id) }, 6},
				{func(id string) error { return user.DeleteAPIKey(t.Context(), codersdk.Me, id) }, 1},
			} {
				stop := w.boot(t, b, ready)
				stop()
				models := entries(t, w.settings(t))
				require.Len(t, models, 6)
				for _, e := range models[:end.tried] {
					out := c.run(t, "exec", "-m", e.ID, "say pong")
					assert.Contains(t, out, "pong", e.ID)
					d.saw(t, e)
				}
				require.NoError(t, end.token(tokens(t, user)[0].ID))
				for _, e := range models[:min(end.tried, 4)] {
					ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
					cmd, out := c.command(t, ctx, "exec", "-o", "stream-json", "-m", e.ID, "say pong")
					require.Error(t, cmd.Run(), "%s: %s", e.ID, out)
					assert.Contains(t, out.String(), "403 unauthorized", e.ID)
					cancel()
				}
				assert.Empty(t, append(d.anthropic.calls(), d.openai.calls()...))
				b = w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
			}
		})
	}
}
