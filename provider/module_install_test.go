package provider

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mirrored = "#!/bin/sh\necho " + fakeRelease + "\n"

// newMirror serves a fake Droid where Factory and npm have theirs, and nothing else.
func newMirror(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "package", "bin", "droid"), mirrored)
	npm, err := exec.Command("tar", "-cz", "-C", folder, "package").Output()
	require.NoError(t, err)
	const platform = `(linux|darwin)-(x64|x64-baseline|arm64)`
	inNPM := regexp.MustCompile(`^/@factory/cli-` + platform + `/-/cli-` + platform + `-0\.225\.3\.tgz$`)
	inFactory := regexp.MustCompile(`^/releases/0\.225\.3/(linux|darwin)/(x64|x64-baseline|arm64)/droid$`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case inFactory.MatchString(r.URL.Path):
			_, _ = w.Write([]byte(mirrored))
		case inNPM.MatchString(r.URL.Path):
			_, _ = w.Write(npm)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Droid from a mirror on 127.0.0.1, with the checksum that the template pins. Nothing else is contacted.
func TestModuleMirror(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("\n\n***** curl is missing, so nothing is fetched from a mirror *****\n")
	}
	mirror, file := newMirror(t), filepath.Join(t.TempDir(), "droid")
	write(t, file, mirrored)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(mirrored)))
	from := func(url, sum string) string {
		input := fmt.Sprintf("  install_url = %q\n  checksums = {\n", url)
		for _, platform := range []string{"linux-x64", "linux-x64-baseline", "linux-arm64", "darwin-x64", "darwin-arm64"} {
			input += fmt.Sprintf("    %s = %q\n", platform, sum)
		}
		return input + "  }\n"
	}
	other := map[bool]string{false: "darwin-arm64", true: "linux-x64"}[runtime.GOOS == "darwin"]
	factory := mirror + "/releases/{version}/{os}/{arch}/droid"
	script := scripts(t, map[string]string{
		"program": from(factory, sum),
		"package": from(mirror+"/@factory/cli-{os}-{arch}/-/cli-{os}-{arch}-{version}.tgz?at=once", strings.ToUpper(sum)),
		"file":    from("file://"+file, sum),
		"other":   from(factory, strings.Repeat("0", 64)),
		"gone":    from(mirror+"/gone", sum),
		"missing": fmt.Sprintf("  install_url = %q\n  checksums = { %s = %q }\n", factory, other, sum),
		"pinned":  `  droid_version = "0.225.2"`,
	})
	for name, refused := range map[string]string{
		"program": "", "package": "", "file": "",
		"other":   "because its SHA-256 is " + sum + " and not 0000",
		"gone":    "/gone could not be fetched",
		"missing": "droid: checksums has no entry for ",
		"pinned":  "droid: Droid is not installed, because its SHA-256 is ",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "pinned" && runtime.GOARCH != "amd64" {
				t.Skip("the platform of this machine is another one")
			}
			t.Parallel()
			m := newMachine(t)
			m.program(t, "curl", `echo "$@" >> "$LOG"; exec `+curl+` "$@"`) // nothing else reaches a network
			if name == "pinned" {
				m.program(t, "npm", fakeNPM)
			}
			out := m.start(t, script[name], min(len(refused), 1))
			assert.Contains(t, out, refused)
			m.checkMerged(t)
			addresses := regexp.MustCompile(`\S+://\S+`).FindAllString(m.log(), -1)
			assert.Equal(t, name == "file" || name == "pinned", len(addresses) == 0)
			for _, address := range addresses {
				assert.Regexp(t, "^("+mirror+"|file://"+file+")", address)
			}
			droid := filepath.Join(m.home, ".local", "bin", "droid")
			if refused == "" {
				assert.Equal(t, mirrored, read(t, droid))
			} else {
				assert.NoFileExists(t, droid)
				assert.Empty(t, m.releases(t))
			}
		})
	}
}

// A fake of Droid's own commands for MCP servers, with a file a server.
const fakeMCP = `
case "$1 $2" in
  'mcp add')
    name=$3; shift 3
    echo "add:$name" >> "$LOG"
    [ ! -e "$HOME/mcp-$name" ] || { echo "Error: Server \"$name\" already exists with configuration:"; exit 1; }
    printf '<%s>' "$@" "${LINEAR_TOKEN-}" > "$HOME/mcp-$name"
    ;;
  'mcp remove') echo "remove:$3" >> "$LOG"; rm "$HOME/mcp-$3" ;;
  *) echo 0.9.9 ;;
esac
`

// MCP servers are added once, changed and removed as the template says, and a user's own stay.
func TestModuleServers(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{
		"both": `  secrets = { LINEAR_TOKEN = "lin-secret" }
  mcp_servers = {
    linear = { url = "https://mcp.linear.app/mcp", headers = { Authorization = "Bearer $${LINEAR_TOKEN}" } }
    files  = { command = "npx", args = ["-y", "it's"], env = { A = "b c" } }
  }`,
		"changed": "  secrets = { LINEAR_TOKEN = \"x\" }\n  mcp_servers = { files = { command = \"npx\" } }",
		"none":    "",
		"absent":  "  install_droid = false\n  mcp_servers = { files = { command = \"npx\" } }",
	})
	m := newMachine(t)
	m.program(t, "droid", fakeMCP)
	m.env = append(m.env, "LINEAR_TOKEN=lin-secret")
	run := func(name, log string) {
		t.Helper()
		require.NoError(t, os.RemoveAll(filepath.Join(m.home, "log")))
		out := m.start(t, script[name], 0)
		assert.Equal(t, log, m.log())
		assert.NotContains(t, out, "lin-secret")
	}
	run("both", "add:files add:linear")
	assert.Equal(t, "<--type><stdio><--env><A=b c><--><npx><-y><it's><>", read(t, m.home, "mcp-files"))
	assert.Equal(t, "<--type><http><--header><Authorization: Bearer ${LINEAR_TOKEN}><--><https://mcp.linear.app/mcp><>",
		read(t, m.home, "mcp-linear"))
	run("both", "")
	require.NoError(t, os.Remove(filepath.Join(m.home, "mcp-linear"))) // the user no longer wants it
	run("both", "")
	run("changed", "remove:files add:files remove:linear")
	assert.Equal(t, "<--type><stdio><--><npx><>", read(t, m.home, "mcp-files"))
	run("none", "remove:files")
	run("none", "")
	write(t, filepath.Join(m.home, "mcp-files"), "mine")
	run("changed", "add:files")
	assert.Equal(t, "mine", read(t, m.home, "mcp-files"))
	run("none", "")

	out := newMachine(t).start(t, script["absent"], 1)
	assert.Contains(t, out, "droid: Droid is missing, so its MCP servers stay as they are")
}

// A user who logs in again comes back to the session that is there.
func TestModuleSession(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{
		"resume": "  workdir = \"~/project\"",
		"new":    "  resume_session = false",
		"prompts": "  ai_prompt = \"what's new?\"\n  system_prompt = \"in verse\"\n" +
			"  autonomy_level = \"low\"\n  session_wrapper = \"firewall --\"",
	})
	prepared := func(t *testing.T, name string) (machine, string) {
		m := newMachine(t)
		m.program(t, "droid", fakeDroid)
		m.start(t, script[name], 0)
		return m, filepath.Join(m.home, ".coder-modules/coder/droid/scripts/session.sh")
	}
	run := func(m machine, session string) string {
		cmd := exec.Command(session)
		cmd.Env = m.env
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Sprintf("%s: %s", err, out)
		}
		return m.log()
	}

	t.Run("tmux", func(t *testing.T) {
		t.Parallel()
		tmux, err := exec.LookPath("tmux")
		terminal, err2 := exec.LookPath("script")
		if err != nil || err2 != nil {
			t.Skip("\n\n***** tmux or script is missing, so no session is resumed *****\n")
		}
		m, session := prepared(t, "resume")
		require.NoError(t, os.Symlink(tmux, filepath.Join(m.bin, "tmux")))
		m.program(t, "droid", `pwd >> "$LOG"; echo "conversation of $$"; echo; exec sleep 60`)
		m.env = append(m.env, "TERM=xterm", "SHELL=/bin/sh", "TMUX_TMPDIR="+t.TempDir())
		t.Cleanup(func() {
			kill := exec.Command(tmux, "-L", "coder-droid", "kill-server")
			kill.Env = m.env
			_ = kill.Run()
		})
		login := func() string {
			screen := filepath.Join(t.TempDir(), "screen")
			cmd := exec.Command(terminal, "-qfec", session, screen)
			cmd.Env = m.env
			input, err := cmd.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			var seen string
			require.Eventually(t, func() bool {
				text, _ := os.ReadFile(screen)
				seen = regexp.MustCompile(`conversation of \d+`).FindString(string(text))
				return seen != ""
			}, 30*time.Second, 50*time.Millisecond, "Droid shows")
			require.NoError(t, cmd.Process.Kill()) // the connection breaks
			_ = input.Close()
			_ = cmd.Wait()
			return seen
		}
		first := login()
		assert.Equal(t, first, login(), "the second login shows the same Droid")
		assert.Equal(t, filepath.Join(m.home, "project"), m.log(), "Droid was started once, in workdir")
	})

	t.Run("screen", func(t *testing.T) {
		t.Parallel()
		m, session := prepared(t, "resume")
		m.program(t, "screen", `echo "screen $*;" >> "$LOG"`) // a fake
		assert.Equal(t, "screen -U -xRR -S coder-droid "+session+" inside;", run(m, session))
	})

	t.Run("a wrapper, an autonomy level and prompts", func(t *testing.T) {
		t.Parallel()
		m, session := prepared(t, "prompts")
		m.program(t, "firewall", `printf '<%s>' "$@" >> "$LOG"; [ "$3" != resume ]`) // a fake
		assert.Equal(t, "<--><droid><resume><--last><--auto><low><--append-system-prompt><in verse>"+
			"<--><droid><--auto><low><--append-system-prompt><in verse><what's new?>", run(m, session))
	})

	for name, calls := range map[string][2]string{
		"resume": {"droid resume --last;", "droid resume --last; droid ;"}, // without tmux and screen
		"new":    {"droid ;", "droid ;"},
	} {
		t.Run("Droid's own, "+name, func(t *testing.T) {
			t.Parallel()
			m, session := prepared(t, name)
			m.program(t, "droid", `echo "droid $*;" >> "$LOG"`)
			assert.Equal(t, calls[0], run(m, session))
			m.program(t, "droid", `echo "droid $*;" >> "$LOG"; [ $# -eq 0 ]`) // the folder has no session
			assert.Equal(t, calls[0]+" "+calls[1], run(m, session))
			require.NoError(t, os.Remove(filepath.Join(m.bin, "droid")))
			assert.Contains(t, run(m, session), "Droid is not there yet")
		})
	}
}

// An npm that does not trust its registry says so while the login waits, and leaves nothing in the home.
func TestModuleUntrustedRegistry(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	node, err2 := exec.LookPath("node")
	if err != nil || err2 != nil {
		t.Skip("\n\n***** npm or node is missing, so nothing is fetched from npm's registry *****\n")
	}
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // what its clients think of its certificate
	m := newMachine(t)
	require.NoError(t, os.Symlink(npm, filepath.Join(m.bin, "npm")))
	require.NoError(t, os.Symlink(node, filepath.Join(m.bin, "node")))
	script := scripts(t, map[string]string{"untrusted": fmt.Sprintf("  npm_registry = %q", server.URL)})["untrusted"]
	began := time.Now()
	out := m.start(t, script, 1)
	assert.Less(t, time.Since(began), 20*time.Second)
	assert.Contains(t, out, "request to "+server.URL)
	assert.Contains(t, out, "droid: npm does not trust its registry: set NODE_EXTRA_CA_CERTS")
	m.checkMerged(t)
	assert.NoDirExists(t, filepath.Join(m.home, ".npm"))
}
