package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
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

// holds tells whether a text has a secret: as it is, in the hexadecimal of a dump, or in base64 at any of the three
// alignments.
func holds(text, secret string) bool {
	if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
		return true
	}
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		if strings.Contains(text, encoded[4:len(encoded)-4]) { // without what depends on its neighbours
			return true
		}
	}
	return false
}

// below is the text of all files below a folder.
func below(t *testing.T, folder string) string {
	t.Helper()
	text := ""
	for _, file := range filesWith(t, folder, "") {
		content, err := readFile(file)
		require.NoError(t, err)
		text += content
	}
	return text
}

// sessionToken is the owner's, as the template's data source has it in the state.
func (b build) sessionToken(t *testing.T) string {
	t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Attributes struct {
					Token string `json:"session_token"`
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.state), &state))
	for _, r := range state.Resources {
		if r.Type == "coder_workspace_owner" {
			return r.Instances[0].Attributes.Token
		}
	}
	t.Fatal("the state has no owner")
	return ""
}

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

// droidToken is what Droid sends: the key in the file, or the one that the environment has for it.
func (w *workspace) droidToken(t *testing.T, delivery, environment string) string {
	t.Helper()
	if delivery != "merge" {
		return w.token(t, strings.Split(environment, "\n"))
	}
	return entries(t, w.settings(t))[0].APIKey
}

// Where each of the two tokens is after a start with a prompt, and after a stop, for each delivery and each scope.
// The database keeps the state of the start and the agent's environment.
func TestLeaks(t *testing.T) {
	t.Parallel()
	droid := newDroid(t, newestDroid)
	places := []string{"home", "temporary files", "agent's environment", "our state", "state", "database", "build log",
		"arguments", "our state after a stop", "home after a stop"}
	for _, c := range []struct {
		delivery, scope      string
		session, gatewayOnly []string // where the session token and the other one are
	}{
		{"merge", "session",
			[]string{"home", "agent's environment", "our state", "state", "database", "home after a stop"}, nil},
		{"merge", "gateway", []string{"state", "database"},
			[]string{"home", "agent's environment", "our state", "state", "database", "home after a stop"}},
		{"managed", "session", []string{"agent's environment", "our state", "state", "database"}, nil},
		{"managed", "gateway", []string{"state", "database"},
			[]string{"agent's environment", "our state", "state", "database"}},
		{"system", "session", []string{"agent's environment", "our state", "state", "database"}, nil},
	} {
		t.Run(c.delivery+" "+c.scope, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, setup{})
			user, _ := d.newUser(t)
			seen := filepath.Join(t.TempDir(), "environment")
			body := centralForms + fmt.Sprintf("  delivery    = %q\n  token_scope = %q\n", c.delivery, c.scope)
			template := showingEnvironment(templateWith(body, "data \"coder_workspace_owner\" \"me\" {}\n"), seen)
			w, b := d.workspace(t, user, d.template(t, template))
			if c.delivery == "system" {
				w.etc = newPrivateEtc(t, false)
			}
			b.succeeded(t)
			stop := w.boot(t, b, ready)
			droid := client{binary: droid.binary, home: w.home, env: lines(t, seen), etc: w.etc}
			assert.Contains(t, droid.run(t, "exec", "-m", "custom:coder/gpt", "say pong"), "pong")
			stop()
			environment, err := readFile(seen)
			require.NoError(t, err)
			texts := map[string]string{
				"home": below(t, w.home), "temporary files": below(t, w.temporary), "agent's environment": environment,
				"our state": b.ours(t), "state": b.state,
				"build log": b.log, "arguments": strings.Join(slices.Collect(maps.Keys(w.arguments)), "\n"), "database": d.dump(t),
			}
			keys := tokens(t, user)
			session, own := b.sessionToken(t), ""
			if c.scope == "gateway" {
				require.Len(t, keys, 1)
				own = w.droidToken(t, c.delivery, environment)
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
		})
	}
}
