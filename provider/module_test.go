package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// The module's own tests, by `terraform test` with the providers' binaries. Those beside it run as in the registry's
// continuous integration, where no variable of Coder is set.
func TestModule(t *testing.T) {
	t.Parallel()
	needs(t, "v1.6.0", "terraform test")
	s := codertest.New(t)
	c := newModule(t, ".")
	require.NoError(t, os.CopyFS(c.dir, os.DirFS(filepath.Join("testdata", "module"))))
	c.run(t, codertest.Environ{}, "init")
	test := func(file string, env codertest.Environ) {
		t.Helper()
		out := c.run(t, env, "test", "-no-color", "-filter="+file+".tftest.hcl")
		assert.Regexp(t, `Success! [1-9][0-9]* passed, 0 failed\.`, out)
		for _, secret := range []string{"session-token", "lin-secret", "proxy-secret", s.Token} {
			assert.NotContains(t, out, secret)
		}
	}
	test("main", codertest.Environ{})
	test("refused", codertest.Environ{})
	test("import", importing(s))
	test("stop", stopping(s.WorkspaceStart()))
}

// newModule has a copy of the module in a folder.
func newModule(t *testing.T, folder string) cli {
	t.Helper()
	needs(t, "v1.3.0", "optional() in a variable's type")
	require.NoError(t, builtCoder())
	c := emptyCLI(t)
	require.NoError(t, os.CopyFS(filepath.Join(c.dir, folder), os.DirFS("../modules/droid")))
	return c
}

// machine is a workspace's machine for the module's script: a home, and a PATH with nothing on it but the tools that
// every image has and what a test puts into bin.
type machine struct {
	home, bin string
	env       []string
}

// tools are on every image.
var tools = []string{
	"awk", "base64", "cat", "chmod", "cp", "date", "dd", "env", "grep", "gzip", "id", "ln", "ls", "mkdir", "mktemp", "mv",
	"readlink",
	"rm", "rmdir", "sh", "sha256sum", "sleep", "tar", "tr", "uname", "wc",
}

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{home: t.TempDir(), bin: t.TempDir()}
	base := t.TempDir()
	for _, tool := range tools {
		path, err := exec.LookPath(tool)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(base, tool)))
	}
	m.env = []string{
		"HOME=" + m.home, "PATH=" + m.bin + ":" + base, "LOG=" + filepath.Join(m.home, "log"), "TMPDIR=" + t.TempDir(),
	}
	return m
}

// program puts a program on PATH that stands in for a real one.
func (m machine) program(t *testing.T, name, text string) {
	t.Helper()
	write(t, filepath.Join(m.bin, name), "#!/bin/sh\n"+text)
	require.NoError(t, os.Chmod(filepath.Join(m.bin, name), 0o700))
}

// script is that of a module with its parameters, and the environment that the module gives to the agent.
type script struct {
	Text string
	Env  map[string]string
}

// command runs the script as the agent does.
func (m machine) command(s script) *exec.Cmd {
	cmd := exec.Command("sh", "-c", s.Text)
	cmd.Env = slices.Concat(m.env, assignments(s.Env))
	return cmd
}

// start runs the script, which ends with a status, and returns all it prints.
func (m machine) start(t *testing.T, s script, status int) string {
	t.Helper()
	cmd := m.command(s)
	out, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, err)
	assert.Equal(t, status, cmd.ProcessState.ExitCode(), string(out))
	assert.NotContains(t, string(out), "owner-session-token")
	return string(out)
}

// log is what the stand-ins and the author's scripts wrote down, a word each.
func (m machine) log() string {
	text, _ := os.ReadFile(filepath.Join(m.home, "log")) // not there is nothing written
	return strings.Join(strings.Fields(string(text)), " ")
}

func (m machine) checkMerged(t *testing.T) {
	t.Helper()
	assert.FileExists(t, filepath.Join(m.home, ".factory", "settings.json"))
}

func (m machine) releases(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(m.home, ".coder-modules/coder/droid/releases/*"))
	require.NoError(t, err)
	return folders
}

// A fake npm: it makes a fake Droid of the release asked for, or fails as FAIL says. It writes down whether the
// settings were there before, whether it saw the token, and what it was asked for.
const fakeNPM = `
[ -f "$HOME/.factory/settings.json" ] && echo settings-before >> "$LOG"
[ -z "${FACTORY_CUSTOM_MODELS_CODER-}" ] || echo TOKEN-SEEN >> "$LOG"
prefix= spec= registry=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=$2; shift ;;
    --registry) registry=$2; shift ;;
    @*) spec=$1 ;;
  esac
  shift
done
echo "npm:$spec $registry" >> "$LOG"
[ -z "$FAIL" ] || { echo "npm error: $FAIL"; exit 1; }
bin=$prefix/node_modules/${spec%@*}/bin
mkdir -p "$bin"
printf '#!/bin/sh\necho %s\nexit %s\n' "${spec##*@}" "${BROKEN:-0}" > "$bin/droid"
chmod 700 "$bin/droid"
`

// fakeRelease is one that the module has no checksum of.
const fakeRelease = "0.225.3"

// A fake Droid, as an image may have it.
const fakeDroid = "echo 0.9.9\n"

// scripts are those of the module at a start, by the inputs besides models.
func scripts(t *testing.T, inputs map[string]string) map[string]script {
	t.Helper()
	c := newModule(t, "droid")
	var b strings.Builder
	for name, input := range inputs {
		if !strings.Contains(input, "droid_version") {
			input += "\n  droid_version = \"" + fakeRelease + "\"\n"
		}
		fmt.Fprintf(&b, "module %q {\n  source = \"./droid\"\n  agent_id = \"x\"\n", name)
		fmt.Fprintf(&b, "  models = [{ model = \"m\", provider = \"openai\" }]\n%s\n}\n", input)
		fmt.Fprintf(&b, "output %q {\n  value = { Text = module.%[1]s.whole, Env = module.%[1]s.env }\n", name)
		b.WriteString("  sensitive = true\n}\n")
	}
	write(t, filepath.Join(c.dir, "droid", "whole.tf"), "output \"whole\" {\n  value = coder_script.droid.script\n}\n")
	write(t, filepath.Join(c.dir, "main.tf"), b.String())
	c.run(t, codertest.Environ{}, "init")
	c.run(t, codertest.New(t).WorkspaceStart(), "apply", "-auto-approve")
	var outputs map[string]struct{ Value script }
	require.NoError(t, json.Unmarshal([]byte(c.run(t, codertest.Environ{}, "output", "-json")), &outputs))
	out := make(map[string]script)
	for name, output := range outputs {
		out[name] = output.Value
	}
	return out
}

const (
	beforeAndAfter = `
  pre_install_script = <<-EOT
    [ -z "$FACTORY_CUSTOM_MODELS_CODER" ] || echo TOKEN-SEEN >> "$LOG"
    [ -f ~/.factory/settings.json ] || echo "it's before" >> "$LOG"
  EOT
  post_install_script = <<-EOT
    [ -z "$FACTORY_CUSTOM_MODELS_CODER" ] || echo TOKEN-SEEN >> "$LOG"
    echo "after:$(droid --version)" >> "$LOG"
  EOT
`
	failing = `
  pre_install_script  = "#!/usr/bin/env sh\necho \"$0\" > ~/ran; exit 3"
  post_install_script = "exit 4"
`
)

// The module's script by real sh, with a fake npm and a fake Droid: in which order its parts run, what is fetched, and
// what becomes of a part when another fails.
func TestModuleScript(t *testing.T) {
	t.Parallel()
	script := scripts(t, map[string]string{
		"plain":    "",
		"ordered":  beforeAndAfter + `  npm_registry = "https://npm.example.com"`,
		"failing":  failing,
		"newer":    `droid_version = "0.300.0"`,
		"settings": `install_droid = false`,
		"second":   "  namespace = \"my-team\"\n  workdir = \"~/it's here\"",
	})
	withNPM := func(t *testing.T, program string) machine {
		m := newMachine(t)
		m.program(t, "npm", program)
		return m
	}

	t.Run("order", func(t *testing.T) {
		t.Parallel()
		m := withNPM(t, fakeNPM)
		out := m.start(t, script["ordered"], 0)
		assert.Regexp(t, `^it's before settings-before npm:@factory/cli-\S+@0\.225\.3 https://npm\.example\.com `+
			`after:0\.225\.3$`, m.log())
		assert.Contains(t, out, "factory: ~/.factory/settings.json: models: 1 added")
		assert.Contains(t, out, "droid: 0.225.3 installed")
	})

	t.Run("nothing fetched twice, and a newer release replaces ours", func(t *testing.T) {
		t.Parallel()
		m := withNPM(t, fakeNPM)
		agentBin := t.TempDir()
		m.env = append(m.env, "CODER_SCRIPT_BIN_DIR="+agentBin)
		m.start(t, script["plain"], 0)
		m.start(t, script["plain"], 0)
		assert.Equal(t, 1, strings.Count(m.log(), "npm:"))
		version := func() string {
			out, err := exec.Command(filepath.Join(agentBin, "droid")).CombinedOutput()
			require.NoError(t, err)
			return strings.TrimSpace(string(out))
		}
		assert.Equal(t, "0.225.3", version())
		require.NoError(t, os.Remove(filepath.Join(agentBin, "droid")), "the agent's folder is a new one at each start")
		m.start(t, script["newer"], 0)
		assert.Equal(t, "0.300.0", version())
		assert.Len(t, m.releases(t), 1)
	})

	t.Run("a Droid that is there stays, offline", func(t *testing.T) {
		t.Parallel()
		m := withNPM(t, fakeNPM)
		m.program(t, "droid", fakeDroid)
		assert.Contains(t, m.start(t, script["plain"], 0), "droid: 0.9.9 is there and stays")
		assert.Empty(t, m.log(), "npm is not called")
		m.checkMerged(t)
	})

	t.Run("without npm", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		assert.Contains(t, m.start(t, script["plain"], 1), "droid: npm is missing, so Droid is not installed: put npm or "+
			"Droid into the image, set install_url, or set install_droid = false")
		m.checkMerged(t)
		m.start(t, script["settings"], 0)
	})

	for failure, says := range map[string]string{"FAIL=E404": "npm error: E404", "BROKEN=1": ""} {
		t.Run("a failed installation leaves nothing behind, "+failure, func(t *testing.T) {
			t.Parallel()
			m := withNPM(t, fakeNPM)
			m.env = append(m.env, failure)
			out := m.start(t, script["ordered"], 1)
			assert.Contains(t, out, says)
			assert.Contains(t, out, "droid: installing Droid failed with status 1")
			m.checkMerged(t)
			assert.Contains(t, m.log(), "after:", "what follows runs all the same")
			assert.Empty(t, m.releases(t))
		})
	}

	t.Run("a failed part keeps no other from running", func(t *testing.T) {
		t.Parallel()
		m := withNPM(t, fakeNPM)
		m.program(t, "coder", `echo "$*;" >> "$HOME/told"; echo noise; exit 1`) // Coder is told, whatever it answers
		write(t, filepath.Join(m.home, ".factory", "settings.json"), "{ broken")
		out := m.start(t, script["failing"], 1)
		for _, line := range []string{
			"droid: the pre-install script failed with status 3", "droid: writing the models failed with status 1",
			"droid: 0.225.3 installed", "droid: the post-install script failed with status 4",
		} {
			assert.Contains(t, out, line)
		}
		assert.NotContains(t, out, "noise")
		assert.Equal(t, "exp sync start coder-droid-install_script;\nexp sync complete coder-droid-install_script;\n",
			read(t, m.home, "told"))
		assert.Equal(t, "{ broken", read(t, m.home, ".factory", "settings.json"))
		folder := filepath.Join(m.home, ".coder-modules/coder/droid")
		assert.Equal(t, filepath.Join(folder, "scripts", "pre_install.sh"), strings.TrimSpace(read(t, m.home, "ran")))
		for _, log := range []string{"pre_install", "models", "session", "install", "mcp", "post_install"} {
			text := read(t, folder, "logs", log+".log")
			assert.Contains(t, out, text, "the log of the agent has what %s.log has", log)
		}
	})

	// One fetches Droid, both have it, and each has its own folder and command.
	t.Run("two on one agent start at once", func(t *testing.T) {
		t.Parallel()
		m := withNPM(t, "sleep 1\n"+fakeNPM)
		first, second := m.command(script["plain"]), m.command(script["second"])
		require.NoError(t, first.Start())
		require.NoError(t, second.Start())
		require.NoError(t, first.Wait())
		require.NoError(t, second.Wait())
		assert.Equal(t, 1, strings.Count(m.log(), "npm:"))
		settings := read(t, m.home, ".factory", "settings.json")
		assert.Contains(t, settings, "custom:coder/m")
		assert.Contains(t, settings, "custom:my-team/m")
		assert.DirExists(t, filepath.Join(m.home, "it's here"))
		for name, command := range map[string]string{"droid": "droid-session", "droid-my-team": "droid-my-team-session"} {
			folder := filepath.Join(m.home, ".coder-modules/coder", name)
			assert.FileExists(t, filepath.Join(folder, "logs", "install.log"))
			to, err := os.Readlink(filepath.Join(m.home, ".local/bin", command))
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(folder, "scripts", "session.sh"), to)
		}
	})
}
