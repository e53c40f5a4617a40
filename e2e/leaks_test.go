package e2e

import (
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dump is all that Coder's database holds.
func (d *deployment) dump(t *testing.T) string {
	t.Helper()
	bin, err := postgresBin()
	require.NoError(t, err)
	target, err := url.Parse(d.database)
	require.NoError(t, err)
	target.RawQuery = ""
	out, err := exec.Command(filepath.Join(bin, "pg_dump"), "--data-only", target.String()).Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "workspace_agents")
	return string(out)
}

// Where each of the two tokens is after a start with a prompt, and after a stop. The database keeps the state of the
// start and the agent's environment. Of a personal key, which stands in the template, it asks only where none may be.
func TestLeaks(t *testing.T) {
	t.Parallel()
	droid := newDroid(t, newestDroid)
	shown := []string{"temporary files and the agent's logs", "build log"}
	places := append([]string{"home", "agent's environment", "our state", "state", "database", "our state after a stop",
		"home after a stop"}, shown...)
	d := newDeployment(t, setup{shared: true})
	for _, c := range []struct {
		delivery, scope      string
		session, gatewayOnly []string // where the session token and the other one are
	}{
		{"merge", "session",
			[]string{"home", "agent's environment", "our state", "state", "database", "home after a stop"}, nil},
		{"merge", "gateway", []string{"state", "database"},
			[]string{"home", "agent's environment", "our state", "state", "database", "home after a stop"}},
		{"managed", "gateway", []string{"state", "database"},
			[]string{"agent's environment", "our state", "state", "database"}},
		{"system", "session", []string{"agent's environment", "our state", "state", "database"}, nil},
	} {
		t.Run(c.delivery+" "+c.scope, func(t *testing.T) {
			t.Parallel()
			user, _ := d.newUser(t)
			seen := filepath.Join(t.TempDir(), "environment")
			body := centralForms + fmt.Sprintf("  delivery    = %q\n  token_scope = %q\n", c.delivery, c.scope)
			if c.delivery == "merge" { // elsewhere the token of such a model is in the file, as the plan says
				body += personalForms
			}
			template := showingEnvironment(templateWith(body, "data \"coder_workspace_owner\" \"me\" {}\n"), seen)
			w, b := d.workspace(t, user, d.template(t, template))
			if c.delivery == "system" {
				w.etc = newPrivateEtc(t, false)
			}
			stop := w.boot(t, b.succeeded(t), ready)
			droid := client{binary: droid.binary, home: w.home, env: lines(t, seen), etc: w.etc}
			assert.Contains(t, droid.run(t, "exec", "-m", "custom:coder/gpt", "say pong"), "pong")
			stop()
			texts := map[string]string{
				"home": below(t, w.home), "agent's environment": readFile(t, seen), "our state": b.ours(t), "state": b.state,
				"database": d.dump(t), "build log": b.log, shown[0]: below(t, w.temporary),
			}
			session, own := b.sessionToken(t), ""
			if c.scope == "gateway" {
				keys := tokens(t, user)
				require.Len(t, keys, 1)
				if c.delivery == "managed" {
					own = w.token(t, lines(t, seen))
				} else {
					own = entries(t, w.settings(t))[0].APIKey
				}
				require.True(t, strings.HasPrefix(own, keys[0].ID+"-"), "Droid has the token that was made")
			}
			stopped := w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
			texts["our state after a stop"], texts["home after a stop"] = stopped.ours(t), below(t, w.home)
			for _, place := range places {
				assert.Equal(t, slices.Contains(c.session, place), holds(texts[place], session), "the session token: %s", place)
				if own != "" {
					assert.Equal(t, slices.Contains(c.gatewayOnly, place), holds(texts[place], own),
						"the token for the gateway: %s", place)
				}
			}
			for _, place := range shown {
				require.NotEmpty(t, texts[place], place)
				assert.False(t, holds(texts[place], "personal-openai-key"), "the personal key: %s", place)
			}
		})
	}
}
