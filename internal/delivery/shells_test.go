package delivery

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The shells that images have as sh, and the awks. Continuous integration has all of them. Elsewhere the tests use
// those that are installed.
var (
	shells = []string{"dash", "bash", "busybox", "mksh"}
	awks   = []string{"mawk", "gawk", "busybox", "original-awk"}
)

// machine is one shell with one awk. Its PATH has nothing else but what every image has. If clock is set, that file is
// read in the place of the system's clock.
type machine struct{ shell, awk, path, clock string }

func (m machine) String() string { return m.shell + " and " + m.awk }

// machines gives each shell with an awk, and each awk with a shell. A shell makes no difference to an awk.
func machines(t *testing.T) []machine {
	t.Helper()
	var out []machine
	for i, shell := range shells {
		if have(t, shell) && have(t, awks[i]) {
			out = append(out, machine{shell: shell, awk: awks[i], path: toolbox(t, shell, awks[i])})
		}
	}
	require.NotEmpty(t, out, "no shell and awk to test with: install dash and mawk")
	return out
}

func have(t testing.TB, program string) bool {
	t.Helper()
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: continuous integration tests with every shell and awk", program)
	}
	return err == nil
}

// toolbox makes a folder with the few programs that the script may use. Busybox goes by the name that it is called by.
func toolbox(t *testing.T, shell, awk string) string {
	t.Helper()
	dir := t.TempDir()
	programs := map[string]string{"sh": shell, "awk": awk}
	for _, program := range []string{
		"base64", "cat", "chmod", "date", "dd", "grep", "id", "ls", "mkdir", "mv",
		"readlink", "rm", "rmdir", "sleep", "tr", "wc",
	} {
		programs[program] = program
	}
	for name, program := range programs {
		at, err := exec.LookPath(program)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(at, filepath.Join(dir, name)))
	}
	require.NoError(t, openToUsers(dir))
	return dir
}

// openToUsers lets other users into a folder and the one above it, for tests as another user.
func openToUsers(dir string) error {
	return errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755))
}

// with is the machine with another program in the place of one, written in sh.
func (m machine) with(t *testing.T, program, text string) machine {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+text+"\n"), 0o755))
	m.path = dir + ":" + m.path
	return m
}

// tools is the folder with the machine's own programs.
func (m machine) tools() string { return m.path[strings.LastIndex(m.path, ":")+1:] }

// script is a script as this machine's sh runs it.
func (m machine) script(d Delivery) string {
	script := strings.ReplaceAll(d.Script(), "/bin/sh -c", filepath.Join(m.tools(), "sh")+" -c")
	return strings.ReplaceAll(script, "/proc/uptime", cmp.Or(m.clock, "/proc/uptime"))
}

// withClock gives the machine a clock that only the script's own sleeps move. So a wait takes no time, and the same
// number of turns on a busy machine.
func (m machine) withClock(t *testing.T) machine {
	t.Helper()
	clock := filepath.Join(t.TempDir(), "clock")
	require.NoError(t, os.WriteFile(clock, []byte(clockStart), 0o600))
	m = m.with(t, "sleep", "CLOCK="+clock+"\n"+sleepOnClock)
	m.clock = clock
	return m
}

const (
	clockStart   = "100.00 0\n"
	sleepOnClock = `read -r now others < "$CLOCK"; echo "$((${now%.*} + 1)).00 0" > "$CLOCK"`
)

// result is what a run of the script left behind.
type result struct {
	stdout, stderr string
	status         int
}

// deadline is how long a run may take on a busy machine.
const deadline = 5 * time.Minute

// command gives a script to the shell the way Coder's agent does, in an environment of NAME=value.
func (m machine) command(t *testing.T, home, script string, variables ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(m.tools(), "sh"), "-c", script)
	cmd.WaitDelay = time.Second
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=" + m.path, "HOME=" + home}, variables...)
	return cmd
}

// environment is what a delivery needs, as Coder's agent sets it in a home.
func environment(d Delivery, home string, c Content) []string {
	var out []string
	for name, value := range d.Environment(c) {
		out = append(out, name+"="+strings.Replace(value, "$HOME", home, 1))
	}
	return out
}

// deliver runs the script of a delivery with a document.
func (m machine) deliver(t *testing.T, home string, d Delivery, document string) result {
	t.Helper()
	return finished(t, m.command(t, home, m.script(d), environment(d, home, contentOf(t, document, Complete))...))
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
	file = strings.Replace(droid.SettingsPath, "~", dir, 1)
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
			if name := e.Name(); strings.Contains(name, "tmp") || strings.Contains(name, "lock") {
				out = append(out, name)
			}
		}
	}
	return out
}
