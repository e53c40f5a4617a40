package provider

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// mirror serves a fake Droid of Factory's and npm's forms, and writes down what it is asked for.
type mirror struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string][]string // by the first part of the path, which is the test's name
}

const mirrored = "#!/bin/sh\necho " + fakeRelease + "\n"

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{asked: make(map[string][]string)}
	archive := npmPackage(t)
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		test := strings.Split(r.URL.Path, "/")[1]
		m.asked[test] = append(m.asked[test], r.URL.Path)
		m.mu.Unlock()
		switch {
		case strings.HasSuffix(r.URL.Path, "/droid"):
			_, _ = w.Write([]byte(mirrored))
		case strings.HasSuffix(r.URL.Path, ".tgz"):
			_, _ = w.Write(archive)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

// askedFor is what a test has asked for.
func (m *mirror) askedFor(test string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked[test]
}

// npmPackage is a package as npm's registry has it.
func npmPackage(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	archive := tar.NewWriter(z)
	require.NoError(t, archive.WriteHeader(&tar.Header{
		Name: "package/bin/droid", Mode: 0o644, Size: int64(len(mirrored)),
	}))
	_, err := archive.Write([]byte(mirrored))
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func checksums(sum string) string {
	var b strings.Builder
	b.WriteString("  checksums = {\n")
	for _, platform := range []string{"linux-x64", "linux-x64-baseline", "linux-arm64", "darwin-x64", "darwin-arm64"} {
		fmt.Fprintf(&b, "    %s = %q\n", platform, sum)
	}
	return b.String() + "  }\n"
}

// connections are the addresses of the network that a traced program connected to.
var connections = regexp.MustCompile(
	`connect\(\d+, \{sa_family=AF_INET6?, .*?(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)").*?\}`)

// Droid from a mirror on 127.0.0.1, with the checksum that the template pins. Nothing else is contacted.
func TestModuleMirror(t *testing.T) {
	t.Parallel()
	server := newMirror(t)
	file := filepath.Join(t.TempDir(), "droid")
	write(t, file, mirrored)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(mirrored)))
	from := func(url, sum string) string { return fmt.Sprintf("  install_url = %q\n", url) + checksums(sum) }
	factory := func(name string) string { return server.URL + "/" + name + "/releases/{version}/{os}/{arch}/droid" }
	script := scripts(t, map[string]string{
		"program": from(factory("program"), sum),
		"package": from(server.URL+"/package/@factory/cli-{os}-{arch}/-/cli-{os}-{arch}-{version}.tgz?at=once",
			strings.ToUpper(sum)),
		"file":     from("file://"+file, sum),
		"other":    from(factory("other"), strings.Repeat("0", 64)),
		"gone":     from(server.URL+"/gone", sum),
		"platform": fmt.Sprintf("  install_url = %q\n  checksums = { darwin-arm64 = %q }\n", factory("platform"), sum),
		"traced":   from(factory("traced"), sum),
		"pinned":   `  droid_version = "0.225.2"`,
		"registry": `  npm_registry = "https://npm.example.com"`,
	})
	const platform = `(linux|darwin)-(x64|x64-baseline|arm64)`
	for name, want := range map[string]struct {
		asked  string // of the mirror
		refuse string
	}{
		"program":  {asked: `/program/releases/` + fakeRelease + `/(linux|darwin)/(x64|x64-baseline|arm64)/droid`},
		"package":  {asked: `/package/@factory/cli-` + platform + `/-/cli-` + platform + `-` + fakeRelease + `\.tgz`},
		"file":     {},
		"other":    {asked: ".*/droid", refuse: "because its SHA-256 is " + sum + " and not 0000"},
		"gone":     {asked: "/gone", refuse: "/gone could not be fetched"},
		"platform": {asked: ".*/droid", refuse: "droid: checksums has no entry for linux-"},
		"pinned":   {refuse: "droid: Droid is not installed, because its SHA-256 is "},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "platform" && runtime.GOOS != "linux" || name == "pinned" && runtime.GOARCH != "amd64" {
				t.Skip("the platform of this machine is another one")
			}
			t.Parallel()
			m := newMachine(t)
			if name == "pinned" {
				m.program(t, "npm", fakeNPM)
			}
			curl, err := exec.LookPath("curl")
			if err != nil && want.asked != "" {
				t.Skip("\n\n***** curl is missing, so nothing is fetched from a mirror *****\n")
			}
			require.NoError(t, os.Symlink(curl, filepath.Join(m.bin, "curl")))
			status, out := m.start(t, script[name])
			assert.True(t, m.merged())
			droid := filepath.Join(m.home, ".local", "bin", "droid")
			if want.asked != "" {
				asked := server.askedFor(name)
				require.Len(t, asked, 1)
				assert.Regexp(t, "^"+want.asked+"$", asked[0])
			}
			if want.refuse != "" {
				assert.Equal(t, 1, status)
				assert.Contains(t, out, want.refuse)
				assert.NoFileExists(t, droid)
				left, err := filepath.Glob(filepath.Join(m.home, ".coder-modules/coder/droid/releases/*"))
				require.NoError(t, err)
				assert.Empty(t, left)
				return
			}
			assert.Zero(t, status, out)
			text, err := os.ReadFile(droid)
			require.NoError(t, err)
			assert.Equal(t, mirrored, string(text))
		})
	}

	t.Run("npm's registry", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.program(t, "npm", `echo "$@" >> "$LOG"`+fakeNPM)
		status, out := m.start(t, script["registry"])
		assert.Zero(t, status, out)
		assert.Contains(t, m.log(t), "--registry https://npm.example.com @factory/cli-")
	})

	t.Run("nothing else is contacted", func(t *testing.T) {
		t.Parallel()
		strace, err := exec.LookPath("strace")
		if err != nil {
			t.Skip("\n\n***** strace is missing, so connections are not traced *****\n")
		}
		m := newMachine(t)
		curl, err := exec.LookPath("curl")
		require.NoError(t, err)
		require.NoError(t, os.Symlink(curl, filepath.Join(m.bin, "curl")))
		trace := filepath.Join(t.TempDir(), "trace")
		m.under = []string{strace, "-f", "-qq", "-e", "trace=connect", "-o", trace}
		status, out := m.start(t, script["traced"])
		assert.Zero(t, status, out)
		port := server.URL[strings.LastIndex(server.URL, ":")+1:]
		text := read(t, trace)
		found := connections.FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, found, text)
		for _, c := range found {
			assert.Equal(t, "127.0.0.1", c[1], c[0])
			assert.Contains(t, c[0], "htons("+port+")")
		}
	})
}

// Two of these modules on one agent start at once. One fetches Droid, both have it, and each has its own folder and
// command.
func TestModuleTwice(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{
		"first": "", "second": "  namespace = \"my-team\"\n  workdir = \"~/it's here\"",
	})
	m := newMachine(t)
	m.program(t, "npm", "sleep 1\n"+fakeNPM)
	first, second := m.command(t, script["first"]), m.command(t, script["second"])
	require.NoError(t, first.Start())
	require.NoError(t, second.Start())
	require.NoError(t, first.Wait())
	require.NoError(t, second.Wait())
	assert.Equal(t, 1, strings.Count(m.log(t), "npm:"))
	settings := read(t, m.home, ".factory", "settings.json")
	assert.Contains(t, settings, "custom:coder/m")
	assert.Contains(t, settings, "custom:my-team/m")
	assert.DirExists(t, filepath.Join(m.home, "it's here"))
	for name, command := range map[string]string{"droid": "droid-session", "droid-my-team": "droid-my-team-session"} {
		assert.FileExists(t, filepath.Join(m.home, ".coder-modules/coder", name, "logs", "install.log"))
		to, err := os.Readlink(filepath.Join(m.home, ".local/bin", command))
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(m.home, ".coder-modules/coder", name, "scripts", "session.sh"), to)
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
	})
	m := newMachine(t)
	m.program(t, "droid", fakeMCP)
	m.env = append(m.env, "LINEAR_TOKEN=lin-secret")
	run := func(name, log string) {
		t.Helper()
		require.NoError(t, os.RemoveAll(filepath.Join(m.home, "log")))
		status, out := m.start(t, script[name])
		assert.Zero(t, status, out)
		assert.Equal(t, log, m.log(t))
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

	m = newMachine(t)
	absent := scripts(t, map[string]string{
		"x": "  install_droid = false\n  mcp_servers = { files = { command = \"npx\" } }",
	})
	_, out := m.start(t, absent["x"])
	assert.Contains(t, out, "droid: Droid is missing, so its MCP servers stay as they are")
}

// The script tells Coder when it has begun and when it has ended, for the scripts that want it; no answer stops it.
func TestModuleSync(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{"failing": failing})["failing"]
	for _, answer := range []string{"0", "1"} {
		m := newMachine(t)
		m.program(t, "coder", `echo "$*;" >> "$LOG"; echo noise; exit `+answer)
		m.program(t, "droid", fakeDroid)
		status, out := m.start(t, script)
		assert.Equal(t, 1, status, "the exit status is that of the parts")
		assert.NotContains(t, out, "noise")
		assert.Equal(t, "exp sync start coder-droid-install_script; exp sync complete coder-droid-install_script;", m.log(t))
	}
}

// A user who logs in again comes back to the session that is there.
func TestModuleSession(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{
		"auto": "  workdir = \"~/project\"", "screen": `  session = "screen"`, "resume": `  session = "resume"`,
		"new": `  session = "new"`,
	})
	prepared := func(t *testing.T, name string) (machine, string) {
		m := newMachine(t)
		m.program(t, "droid", fakeDroid)
		status, out := m.start(t, script[name])
		require.Zero(t, status, out)
		return m, filepath.Join(m.home, ".coder-modules/coder/droid/scripts/session.sh")
	}
	run := func(t *testing.T, m machine, session string) string {
		cmd := exec.Command(session)
		cmd.Env = m.env
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Sprintf("%s: %s", err, out)
		}
		return m.log(t)
	}

	t.Run("tmux", func(t *testing.T) {
		t.Parallel()
		tmux, err := exec.LookPath("tmux")
		terminal, err2 := exec.LookPath("script")
		if err != nil || err2 != nil {
			t.Skip("\n\n***** tmux or script is missing, so no session is resumed *****\n")
		}
		m, session := prepared(t, "auto")
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
		assert.Equal(t, filepath.Join(m.home, "project"), m.log(t), "Droid was started once, in workdir")
	})

	t.Run("screen", func(t *testing.T) {
		t.Parallel()
		m, session := prepared(t, "screen")
		assert.Contains(t, run(t, m, session),
			`exit status 127: droid: screen is missing: put it into the image, or set session = "auto"`)
		m.program(t, "screen", `echo "screen $*;" >> "$LOG"`) // a fake
		assert.Equal(t, "screen -U -xRR -S coder-droid droid;", run(t, m, session))
	})

	t.Run("Droid's own", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"auto", "resume"} {
			m, session := prepared(t, name)
			m.program(t, "droid", `echo "droid $*;" >> "$LOG"`)
			assert.Equal(t, "droid resume --last;", run(t, m, session), name)
			m.program(t, "droid", `echo "droid $*;" >> "$LOG"; [ $# -eq 0 ]`) // the folder has none
			assert.Equal(t, "droid resume --last; droid resume --last; droid ;", run(t, m, session), name)
		}
	})

	t.Run("new", func(t *testing.T) {
		t.Parallel()
		m, session := prepared(t, "new")
		m.program(t, "droid", `echo "droid $*;" >> "$LOG"`)
		assert.Equal(t, "droid ;", run(t, m, session))
		require.NoError(t, os.Remove(filepath.Join(m.bin, "droid")))
		assert.Contains(t, run(t, m, session), "Droid is not there yet")
	})
}

var readmeBlock = regexp.MustCompile("(?ms)^```tf\n(.*?)^```$")

// Every template in the module's README is formatted and can be planned.
func TestModuleReadme(t *testing.T) {
	t.Parallel()
	c := newModule(t)
	require.NoError(t, os.CopyFS(filepath.Join(c.dir, "modules", "droid"), os.DirFS("../modules/droid")))
	for _, file := range []string{"variables.tf", "outputs.tf", "scripts", "tests"} {
		require.NoError(t, os.RemoveAll(filepath.Join(c.dir, file)))
	}
	blocks := readmeBlock.FindAllStringSubmatch(read(t, "../modules/droid/README.md"), -1)
	require.GreaterOrEqual(t, len(blocks), 8)
	for _, block := range blocks {
		write(t, filepath.Join(c.dir, "main.tf"), block[1])
		out, err := c.try(codertest.Environ{}, "fmt", "-check", "-diff")
		require.NoError(t, err, out)
		write(t, filepath.Join(c.dir, "main.tf"),
			bothProviders+"resource \"coder_agent\" \"main\" {\n  os   = \"linux\"\n  arch = \"amd64\"\n}\n"+block[1])
		c.run(t, codertest.Environ{}, "init")
		out = c.run(t, codertest.Environ{"CODER_WORKSPACE_TRANSITION": "stop"}, "plan", "-no-color")
		assert.Contains(t, out, "# module.droid.factory_custom_models.droid will be created")
	}
}
