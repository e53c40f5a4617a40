//go:build unix

package delivery

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// imageShells is a machine of each shell that images have as sh, for the long loops. The scenarios run the others too.
func imageShells(t *testing.T) []machine {
	t.Helper()
	return slices.DeleteFunc(oneOfEachShell(t), func(m machine) bool { return m.shell[0] == "zsh" || m.shell[0] == "ksh93" })
}

// sample is a machine of each of these shells if the long loops run whole, and otherwise one machine.
func sample(t *testing.T) []machine {
	t.Helper()
	all := imageShells(t)
	if deliverytest.Full() {
		return all
	}
	for _, m := range all {
		if m.shell[0] == "dash" {
			return []machine{m}
		}
	}
	return all[:1]
}

// victim is a settings file with which runs are killed, and the texts that it may have afterwards.
type victim struct {
	dir, file, before, after string
	machine                  machine
	naps                     string // a file with a line for each time that a run slept
	kills                    int
}

const killed = "{\n  // mine\n  \"theme\": \"dark\"\n}\n"

func newVictim(t *testing.T, m machine) *victim {
	t.Helper()
	v := &victim{before: killed, naps: filepath.Join(t.TempDir(), "naps")}
	v.machine = m.with(t, "sleep", fmt.Sprintf("echo >> %q\nexec %q \"$@\"", v.naps, filepath.Join(m.path, "sleep")))
	v.dir, v.file = home(t, killed)
	got := m.run(t, v.dir, scriptFor("coder", path), deliverytest.Document("m1", "m1"))
	require.Zero(t, got.status, got.stderr)
	v.after = contents(t, v.file)
	return v
}

// reset puts the file back as it was, for the next kill.
func (v *victim) reset(t *testing.T) {
	t.Helper()
	require.NoError(t, os.RemoveAll(filepath.Dir(v.file)))
	require.NoError(t, os.Mkdir(filepath.Dir(v.file), 0o700))
	require.NoError(t, os.WriteFile(v.file, []byte(v.before), 0o600))
}

// check asserts that the file is whole after a kill, and that a later run succeeds and does not have to wait.
func (v *victim) check(t *testing.T, when string) {
	t.Helper()
	v.kills++
	require.Contains(t, []string{v.before, v.after}, contents(t, v.file), when)
	second := filepath.Join(filepath.Dir(v.file), "state", "settings.json.lock.reclaim")
	_, err := os.Stat(second)
	nameless := err == nil && contents(t, filepath.Join(second, "owner.json")) == "" // nobody can tell whose it was
	_ = os.Remove(v.naps)
	got := v.machine.run(t, v.dir, scriptFor("coder", path), deliverytest.Document("m1", "m1"))
	require.Zero(t, got.status, "%s: %s", when, got.stderr)
	if !nameless {
		assert.Less(t, len(contents(t, v.naps)), 40, "%s: the next run waits, in tenths of a second", when)
	}
	require.Equal(t, v.after, contents(t, v.file), when)
	require.Empty(t, leftovers(t, v.file), when)
}

// group puts a command and what it starts into a process group, and returns a function that kills all of it.
func group(cmd *exec.Cmd) (kill func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// systemCall is a system call of a program: its name, and its number among the calls of that name.
type systemCall struct {
	name string
	n    int
}

// systemCalls gives the system calls in a trace, in order. If there are several processes, it gives those that any of them makes.
func systemCalls(trace string) []systemCall {
	var out []systemCall
	count, seen := map[string]int{}, map[systemCall]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(\d+ +)?(\w+)\(`).FindAllStringSubmatch(trace, -1) {
		count[m[1]+m[2]]++
		if c := (systemCall{m[2], count[m[1]+m[2]]}); !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// killAtSystemCalls runs a script once to see its system calls. Then it runs the script again and again, and kills it before every
// n-th of these calls, where n is every.
func killAtSystemCalls(t *testing.T, m machine, script string, every int, options ...string) {
	t.Helper()
	tracer, start := deliverytest.Strace(t), time.Now()
	v := newVictim(t, m)
	v.reset(t)
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := m.command(t, v.dir, script, deliverytest.Document("m1", "m1"))
	deliverytest.Traced(tracer, cmd, append(options, "-o", trace)...)
	require.NoError(t, cmd.Run())
	calls := systemCalls(contents(t, trace))
	require.Greater(t, len(calls), 100)
	for i := 0; i < len(calls); i += every {
		v.reset(t)
		cmd := m.command(t, v.dir, script, deliverytest.Document("m1", "m1"))
		deliverytest.Traced(tracer, cmd, append(options, "-o", os.DevNull, "-e", deliverytest.KillAt(calls[i].name, calls[i].n))...)
		kill := group(cmd)
		_ = cmd.Run()
		kill()
		v.check(t, fmt.Sprint("killed at ", calls[i]))
	}
	t.Logf("%d kills at %d system calls in %s", v.kills, len(calls), time.Since(start).Round(time.Second))
}

// The shell, and what it started, is killed before each of its system calls.
func TestKillTheShellAtEveryStep(t *testing.T) {
	t.Parallel()
	script := ""
	for _, line := range strings.SplitAfter(scriptFor("coder", path), "\n") { // without its subshell there is one process to be followed
		if line != "(\n" && line != ")\n" {
			script += line
		}
	}
	every := 37
	if deliverytest.Full() {
		every = 2
	}
	for _, m := range imageShells(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			killAtSystemCalls(t, m, script, every)
		})
	}
}

// Each process of a run is killed before its system calls: mv at its rename, awk half way.
func TestKillTheProgramsHalfWay(t *testing.T) {
	t.Parallel()
	every := 61
	if deliverytest.Full() {
		every = 5
	}
	for _, m := range machines(t) {
		if m.shell[0] == "dash" {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				killAtSystemCalls(t, m, scriptFor("coder", path), every, "-f")
			})
		}
	}
}

// The whole run is killed before and after each program that it calls, also while it removes a stale lock.
func TestKillAroundEveryProgram(t *testing.T) {
	t.Parallel()
	gone := deliverytest.DeadOwner(t)
	for _, m := range sample(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			v := newVictim(t, m)
			count := filepath.Join(t.TempDir(), "count")
			killers := m
			for _, program := range []string{"awk", "chmod", "cp", "mkdir", "mv", "rm", "rmdir", "wc"} {
				killers = killers.with(t, program, `
step() {
  n=0
  read -r n < `+count+`
  n=$((n + 1))
  echo "$n" > `+count+`
  [ "$n" -ne "$KILL_AT" ] || kill -9 0
}
step
"`+filepath.Join(m.path, program)+`" "$@"
status=$?
step
exit "$status"`)
			}
			for _, stale := range []bool{false, true} {
				n := 1
				for ; ; n++ {
					v.reset(t)
					require.NoError(t, os.WriteFile(count, []byte("0\n"), 0o600))
					if stale {
						deliverytest.HoldLock(t, v.file, gone)
					}
					cmd := killers.command(t, v.dir, scriptFor("coder", path), deliverytest.Document("m1", "m1"), fmt.Sprint("KILL_AT=", n))
					group(cmd)
					if cmd.Run() == nil {
						break
					}
					v.check(t, fmt.Sprintf("killed at call %d, stale lock: %t", n, stale))
				}
				require.Greater(t, n, 12, "the script ends sooner than it can")
			}
			t.Logf("%d kills in %s", v.kills, time.Since(start).Round(time.Second))
		})
	}
}

// The whole run is killed at any time.
func TestKillAtAnyTime(t *testing.T) {
	t.Parallel()
	for _, m := range sample(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, m)
			start, most := time.Now(), 3
			if deliverytest.Full() {
				most = 60
			}
			for range most {
				v.reset(t)
				cmd := m.command(t, v.dir, scriptFor("coder", path), deliverytest.Document("m1", "m1"))
				kill := group(cmd)
				delay := rand.N(40 * time.Millisecond)
				require.NoError(t, cmd.Start())
				time.Sleep(delay)
				kill()
				_ = cmd.Wait()
				v.check(t, fmt.Sprint("killed after ", delay))
			}
			t.Logf("%d kills in %s", v.kills, time.Since(start).Round(time.Second))
		})
	}
}

// A run that is told to end leaves the file as it was, gives its lock back and removes its own files.
func TestScriptIsTerminated(t *testing.T) {
	t.Parallel()
	for _, m := range oneOfEachShell(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir, file := home(t, killed)
			slow := m.with(t, "awk", "echo > \"$HOME/at-awk\"; exec sleep 1")
			cmd := slow.command(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1"))
			group(cmd)
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "at-awk")); return err == nil }, 20*time.Second, time.Millisecond)
			require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM))
			require.Error(t, cmd.Wait())
			assert.Equal(t, killed, contents(t, file))
			assert.Eventually(t, func() bool { return len(leftovers(t, file)) == 0 }, 20*time.Second, 10*time.Millisecond)
		})
	}
}
