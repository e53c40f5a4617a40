package e2e

import (
	"fmt"
	"io"
	"net/http"
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
	client := codersdk.New(d.admin.URL, codersdk.WithSessionToken(token))
	client.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	forGateway := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	res, err := client.Request(t.Context(), method, path, []byte(body), forGateway)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

// A start makes a token that the gateway takes, also from Droid, and that can do nothing else. The next start deletes
// it, also if the start fails after that.
func TestOwnToken(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	log := &recorder{}
	d := newDeployment(t, setup{log: log})
	user, _ := d.newUser(t)
	text := templateWith(centralForms+personalForms+ownToken, verified) + `
resource "factory_custom_models" "second" {
  namespace   = "second"
  token_scope = "gateway"
  model {
    model    = "gpt"
    provider = "openai"
  }
}
`
	template := d.template(t, text)
	w, b := d.workspace(t, user, template)
	b.succeeded(t)
	keys := tokens(t, user)
	require.Len(t, keys, 1, "two resources share a token")
	assert.Regexp(t, `^droid-w[0-9a-f]{12}-[0-9a-f]{12}-[0-9a-f]{12}$`, keys[0].TokenName)
	assert.EqualValues(t, 168*3600, keys[0].LifetimeSeconds)

	c.home = w.home
	w.setSettings(t, "{\n  \"cloudSessionSync\": false\n}")
	w.boot(t, b, ready)()
	models := entries(t, w.settings(t))
	token := models[0].APIKey
	assert.Equal(t, keys[0].ID, strings.SplitN(token, "-", 2)[0])
	for _, e := range models {
		d.completes(t, c, e)
		assert.Contains(t, e.APIKey+e.ExtraHeaders["X-Coder-AI-Governance-Token"], token)
	}

	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/v2/users/me", ""},
		{http.MethodPut, "/api/v2/users/me/profile", `{"username":"other"}`},
		{http.MethodGet, "/api/v2/users/me/secrets", ""},
		{http.MethodPost, "/api/v2/users/me/secrets", `{"name":"x","value":"y"}`},
		{http.MethodGet, "/api/v2/users/me/gitsshkey", ""},
		{http.MethodGet, "/api/v2/users/me/skills", ""},
		{http.MethodPost, "/api/v2/users/me/keys/tokens", `{}`},
		{http.MethodPost, "/api/v2/users/me/keys", ""},
		{http.MethodDelete, "/api/v2/users/me/keys/" + keys[0].ID, ""},
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

	broken := d.push(t, template.ID, text+`
resource "terraform_data" "broken" {
  count      = data.coder_workspace.me.start_count
  depends_on = [factory_custom_models.droid, factory_custom_models.second]
  provisioner "local-exec" {
    command = "exit 1"
  }
}
`)
	failed := w.run(t, codersdk.WorkspaceTransitionStart, broken.ID)
	require.Equal(t, codersdk.ProvisionerJobFailed, failed.Job.Status)
	left := tokens(t, user)
	require.Len(t, left, 1)
	assert.NotEqual(t, keys[0].ID, left[0].ID)
	log.take()
	w.run(t, codersdk.WorkspaceTransitionStart, template.ActiveVersionID).succeeded(t)
	assert.Empty(t, log.take(), "the server has nothing to complain of")
	renewed := tokens(t, user)
	require.Len(t, renewed, 1)
	assert.NotEqual(t, left[0].ID, renewed[0].ID)

	out, err := c.try(t, "exec", "-o", "stream-json", "-m", models[0].ID, "say pong")
	require.Error(t, err, "the token of the first start is dead")
	assert.Contains(t, out, "403 unauthorized")
	assert.Empty(t, append(d.anthropic.calls(), d.openai.calls()...))
	log.take()
	// How newer gateways are asked whether they take a token: by a path from which they only redirect.
	probe := gatewayPath + "/token//check"
	status, answer := d.status(t, user.SessionToken(), http.MethodGet, probe, "")
	assert.Equal(t, http.StatusTemporaryRedirect, status, answer)
	assert.Empty(t, log.take())
	status, answer = d.status(t, token, http.MethodGet, probe, "")
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, answer, "unauthorized")

	stopped := w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	assert.Len(t, tokens(t, user), 1, "a stop has no right to end it")
	assert.NotContains(t, stopped.ours(t), renewed[0].ID+"-")
	w.run(t, codersdk.WorkspaceTransitionDelete).succeeded(t)
}

// Whichever call hangs, a template that asks for a token of its own never delivers the session token, and the build
// ends soon. A user's file keeps the token of the start before, which still works.
func TestOwnTokenFaults(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{})
	f := d.front(t)
	user, _ := d.newUser(t)
	// The default verification: a failed check warns.
	blocks := throughFront(f) + "data \"coder_workspace_owner\" \"me\" {}\n"
	w, b := d.workspace(t, user, d.template(t, templateWith(oneModel+ownToken, blocks)))
	w.boot(t, b.succeeded(t), ready)()
	for _, call := range []string{
		"/api/v2/buildinfo", "/api/v2/users/me", "/api/v2/entitlements", "/ai-provider-keys", "/keys/tokens",
	} {
		lasted := f.spoil(func(path string) bool { return strings.HasSuffix(path, call) }, silence)
		b := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
		f.set(pass)
		session := b.sessionToken(t)
		assert.False(t, holds(b.ours(t), session), "%s: our state holds the session token", call)
		assert.Less(t, lasted(), 30*time.Second, call)
		w.boot(t, b, ready)()
		models := entries(t, w.settings(t))
		require.Len(t, models, 1, call)
		assert.NotContains(t, w.settings(t), session, call)
		models[0].works(t)
	}
}

// A prebuild makes no token and reads no catalog; a claim makes the claimer's token and reads the list.
func TestOwnTokenOfAClaim(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{prebuilds: true})
	d.offerUsual(t)
	user, _ := d.newUser(t)
	w, b := d.claim(t, user, d.template(t, templateWith(chosen+ownToken, verified)+prebuilt))
	assert.Empty(t, b.warnings())
	keys := tokens(t, user)
	require.Len(t, keys, 1)
	models := w.claimed(t)
	require.Len(t, models, 2)
	assert.True(t, strings.HasPrefix(models[0].APIKey, keys[0].ID+"-"))
	models[0].works(t)
}
