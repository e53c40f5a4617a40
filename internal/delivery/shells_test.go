package delivery

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The shells and awks that run the script. Continuous integration has all of them. Elsewhere the tests use those that are
// installed.
var (
	shells = map[string][]string{"dash": {"dash"}, "bash": {"bash"}, "busybox": {"busybox", "sh"}, "mksh": {"mksh"}, "zsh": {"zsh"}, "ksh93": {"ksh93"}}
	awks   = map[string][]string{"mawk": {"mawk"}, "gawk": {"gawk"}, "busybox": {"busybox", "awk"}, "bwk": {"original-awk"}}
)

// machine is one shell with one awk. Its PATH has nothing else but what every image has.
type machine struct {
	name  string
	shell []string
	awk   string
	path  string
}

// machines gives each test every pair of shell and awk.
func machines(t *testing.T) []machine {
	t.Helper()
	var out []machine
	for shellName, shell := range shells {
		for awkName, awk := range awks {
			if (shellName == "zsh" || shellName == "ksh93") && awkName != "mawk" {
				continue // login shells, which a script meets only where an author's line stands before it
			}
			if have(t, shell[0]) && have(t, awk[0]) {
				out = append(out, machine{name: shellName + " and " + awkName, shell: shell, awk: awk[0], path: toolbox(t, awk)})
			}
		}
	}
	require.NotEmpty(t, out, "no shell and awk to test with: install dash and mawk")
	return out
}

// oneOfEachShell gives a machine of each shell, for tests in which the awk does not matter. It prefers mawk.
func oneOfEachShell(t *testing.T) []machine {
	t.Helper()
	return oneOfEach(t, func(m machine) (key string, preferred bool) { return m.shell[0], m.awk == "mawk" })
}

// oneOfEachAwk gives a machine of each awk, for tests in which the shell does not matter. It prefers dash.
func oneOfEachAwk(t *testing.T) []machine {
	t.Helper()
	return oneOfEach(t, func(m machine) (key string, preferred bool) { return m.awk, m.shell[0] == "dash" })
}

func oneOfEach(t *testing.T, of func(machine) (key string, preferred bool)) []machine {
	t.Helper()
	one := make(map[string]machine)
	for _, m := range machines(t) {
		key, preferred := of(m)
		if _, ok := one[key]; !ok || preferred {
			one[key] = m
		}
	}
	return slices.Collect(maps.Values(one))
}

// anyMachine is the pair that every system has.
func anyMachine(t *testing.T) machine {
	t.Helper()
	return machine{name: "sh and awk", shell: []string{"sh"}, path: toolbox(t, []string{"awk"})}
}

func have(t testing.TB, program string) bool {
	t.Helper()
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: continuous integration tests with every shell and awk", program)
	}
	return err == nil
}

// toolbox makes a folder with the few programs that the script may use.
func toolbox(t *testing.T, awk []string) string {
	t.Helper()
	dir := t.TempDir()
	for _, program := range []string{"cat", "chmod", "chown", "id", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "sleep", "tr", "wc"} {
		at, err := exec.LookPath(program)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(at, filepath.Join(dir, program)))
	}
	at, err := exec.LookPath(awk[0])
	require.NoError(t, err)
	require.NoError(t, os.Symlink(at, filepath.Join(dir, "awk"))) // busybox goes by the name it is called by
	return dir
}

// resource is the id of the resource that the tests deliver.
const resource = "5f0e9a3c-0000-4000-8000-000000000001"

// scriptFor is the script of that resource, and valueFor its environment variable's value.
func scriptFor(namespace, settingsPath string) string {
	return Delivery{Owned: Owned{Namespace: namespace}, Resource: resource, SettingsPath: settingsPath}.Script()
}

func valueFor(document string) string {
	return Delivery{Resource: resource}.Value([]byte(document), false)
}

// result is what a run of the script left behind.
type result struct {
	stdout, stderr string
	status         int
}

// command gives the script to the shell the way Coder's agent does. Further variables are NAME=value.
func (m machine) command(t *testing.T, home, script, document string, variables ...string) *exec.Cmd {
	t.Helper()
	shell, err := exec.LookPath(m.shell[0])
	require.NoError(t, err)
	cmd := exec.Command(shell, append(append([]string{}, m.shell[1:]...), "-c", script)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + m.path, "HOME=" + home}, variables...)
	if document != "" {
		cmd.Env = append(cmd.Env, Variable("coder")+"="+valueFor(document))
	}
	return cmd
}

// run is a command from its start to its end.
func (m machine) run(t *testing.T, home, script, document string, variables ...string) result {
	t.Helper()
	return finished(t, m.command(t, home, script, document, variables...))
}

func finished(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// home makes a home folder whose settings file has a text; empty for none.
func home(t *testing.T, text string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, ".factory", "settings.json")
	if text != "" {
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir, file
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(t, err)
	return string(text)
}

// leftovers are files of ours beside the settings file.
func leftovers(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{filepath.Dir(file), filepath.Join(filepath.Dir(file), "state")} {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		for _, e := range entries {
			if name := e.Name(); strings.Contains(name, "tmp") || strings.Contains(name, "lock") || strings.Contains(name, "pending") {
				out = append(out, name)
			}
		}
	}
	return out
}

// with is the machine with another program in the place of one, written in sh.
func (m machine) with(t *testing.T, program, text string) machine {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+text+"\n"), 0o755))
	m.path = dir + ":" + m.path
	return m
}
