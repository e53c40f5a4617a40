package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// droidRelease is a release of Droid, as an npm package. It is proprietary: fetched when the tests run, never kept in
// the repository.
type droidRelease struct{ pkg, version, binary string }

// droids are the releases that the tests run; DROID is another newest one.
var (
	newestDroid = droidRelease{"@factory/cli-linux-x64", cmp.Or(os.Getenv("DROID"), "0.225.2"),
		"node_modules/@factory/cli-linux-x64/bin/droid"}
	droids = []droidRelease{{"droid", "0.215.0", "node_modules/.bin/droid"}, newestDroid}
)

// newDroid installs a release into the user's cache, once.
func newDroid(t *testing.T, r droidRelease) client {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "terraform-provider-factory-e2e", strings.ReplaceAll(r.pkg, "/", "-")+"-"+r.version)
	c := client{binary: filepath.Join(dir, r.binary)}
	if _, err := os.Stat(c.binary); err == nil {
		return c
	}
	_, err = exec.LookPath("npm")
	require.NoError(t, err, "Droid is fetched by npm: on Debian, apt-get install npm")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", dir, r.pkg+"@"+r.version)
	out, err := install.CombinedOutput()
	if err != nil && (strings.Contains(string(out), "E404") || strings.Contains(string(out), "ETARGET")) {
		t.Skipf("\n\n***** DROID IS NOT TESTED: the npm registry does not have %s@%s *****\n\n%s", r.pkg, r.version, out)
	}
	require.NoError(t, err, "npm install: %s", out)
	return c
}

// client is Droid with a home of its own. It shares the network with the gateway, which runs in this process;
// whatever it wants from elsewhere goes to a proxy that is not there.
type client struct {
	binary, home string
	env          []string    // what the agent adds
	etc          *privateEtc // takes the place of /etc, if it is set
}

func (c client) command(t *testing.T, ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.CommandContext(ctx, c.binary, args...)
	cmd.Dir = t.TempDir()
	const closed = "http://127.0.0.1:9"
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.home, "TERM=dumb", "HTTP_PROXY=" + closed, "HTTPS_PROXY=" + closed,
		"http_proxy=" + closed, "https_proxy=" + closed, "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
	}
	cmd.Env = append(cmd.Env, c.env...)
	c.etc.wrap(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// try is one call of Droid; it returns what it printed.
func (c client) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd, out := c.command(t, ctx, args...)
	err := cmd.Run()
	return out.String(), err
}

// run is one call of Droid, which goes well.
func (c client) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.try(t, args...)
	require.NoError(t, err, out)
	return out
}

// rewrite has Droid write the user's settings file anew.
func (c client) rewrite(t *testing.T) {
	t.Helper()
	marketplace := filepath.Join(t.TempDir(), "market")
	require.NoError(t, os.MkdirAll(filepath.Join(marketplace, ".claude-plugin"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(marketplace, ".claude-plugin", "marketplace.json"),
		[]byte(`{"name":"market","owner":{"name":"x"},"plugins":[]}`), 0o600))
	c.run(t, "plugin", "marketplace", "add", marketplace)
}

// session is a running Droid, which is told what to do line by line.
type session struct {
	input io.Writer
	calls int
	stop  func() (output string)
}

func (c client) session(t *testing.T) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd, out := c.command(t, ctx, "exec", "--input-format", "stream-jsonrpc", "--output-format", "stream-jsonrpc")
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	s := &session{input: input, stop: sync.OnceValue(func() string {
		cancel()
		_ = cmd.Wait()
		return out.String()
	})}
	t.Cleanup(func() { s.stop() })
	s.call(t, "droid.initialize_session", object{"machineId": "e2e", "cwd": cmd.Dir})
	return s
}

func (s *session) call(t *testing.T, method string, params object) {
	t.Helper()
	s.calls++
	require.NoError(t, json.NewEncoder(s.input).Encode(object{
		"jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "request",
		"id": strconv.Itoa(s.calls), "method": method, "params": params,
	}))
}

// ask has the session ask a model until a vendor was reached; a Droid that starts or reloads may fail to at first.
func (s *session) ask(t *testing.T, d *deployment, e entry) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patience; {
		s.call(t, "droid.add_user_message", object{"text": "say pong"})
		for range 150 {
			time.Sleep(100 * time.Millisecond)
			if seen := append(d.anthropic.calls(), d.openai.calls()...); len(seen) > 0 {
				assert.Equal(t, e.Model, seen[0].Model)
				return
			}
		}
	}
	require.Fail(t, "no vendor was asked", tail(s.stop()))
}

// Every model of the file that the script wrote works in the real Droid, through the real gateway, and Droid's own
// writing and ours leave one another alone.
func TestDroid(t *testing.T) {
	t.Parallel()
	for _, release := range droids {
		t.Run(release.version, func(t *testing.T) {
			t.Parallel()
			c := newDroid(t, release)
			d := newDeployment(t, setup{})
			user, _ := d.newUser(t)
			forms, number := allForms()
			w, first := d.workspace(t, user, d.template(t, templateWith(forms+claudeIsDefault, "")))
			c.home = w.home
			w.setSettings(t, "{\n  \"cloudSessionSync\": false,\n  \"mine\": 12345678901234567890\n}")
			w.boot(t, first.succeeded(t), ready)()
			written := w.settings(t)

			var doctor struct {
				Results []struct{ Category, Status, Detail string }
			}
			out := c.run(t, "doctor", "--config", "--json")
			require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &doctor), out)
			for _, r := range doctor.Results {
				if r.Category == "configuration" {
					assert.Equal(t, "pass", r.Status, r.Detail)
				}
			}
			help := c.run(t, "exec", "--help")
			models := entries(t, written)
			require.Len(t, models, number)
			for _, e := range models {
				assert.Contains(t, help, e.ID, "every id is listed")
			}
			for _, e := range models {
				d.completes(t, c, e)
			}
			assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the default model needs no -m")
			d.saw(t, models[0])
			assert.Equal(t, written, w.settings(t), "to use it changes nothing")

			c.rewrite(t)
			rewritten := w.settings(t)
			assert.NotEqual(t, written, rewritten, "Droid rewrote the file")
			list := written[strings.Index(written, `  "customModels"`):strings.Index(written, "\n  ]")]
			assert.Contains(t, rewritten, list, "our entries came through byte for byte")
			assert.Contains(t, rewritten, `"mine"`)

			running := c.session(t)
			running.ask(t, d, models[0])
			w.boot(t, w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t), ready)()
			token := entries(t, w.settings(t))[0].APIKey
			assert.Equal(t, strings.ReplaceAll(rewritten, models[0].APIKey, token), w.settings(t),
				"after a rewrite only the token is new")
			running.ask(t, d, models[0]) // the gateway refuses the old token: the running Droid has picked up the new one
		})
	}
}

// completes asserts that Droid completes a prompt with a model, if this release's gateway can.
func (d *deployment) completes(t *testing.T, c client, e entry) {
	t.Helper()
	if e.Provider == "generic-chat-completion-api" && !streamedChat {
		return
	}
	assert.Contains(t, c.run(t, "exec", "-m", e.ID, "say pong"), "pong", e.ID)
	d.saw(t, e)
}

// saw asserts that a vendor was asked for a model, with the right key.
func (d *deployment) saw(t *testing.T, e entry) {
	t.Helper()
	seen := append(d.anthropic.calls(), d.openai.calls()...)
	if !assert.NotEmpty(t, seen, e.ID) {
		return
	}
	whose, vendor := "central", "openai"
	if len(e.ExtraHeaders) > 0 {
		whose = "personal"
	}
	if e.Provider == "anthropic" {
		vendor = "anthropic"
	}
	for _, c := range seen {
		assert.Equal(t, whose+"-"+vendor+"-key", c.Key, e.ID)
		assert.Equal(t, e.Model, c.Model, "%s %s %.300v", e.ID, c.Path, c.Body)
	}
}
