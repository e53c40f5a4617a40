//go:build linux

package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// victim is a file with which runs are killed, and the texts that it may have afterwards.
type victim struct {
	dir, file, before, after string
	machine                  machine
	delivery                 Delivery
	naps                     string // a file with a line for each time that a run slept
	kills                    int
}

func newVictim(t *testing.T, m machine, kind string) *victim {
	t.Helper()
	v := &victim{delivery: delivers(kind), naps: filepath.Join(t.TempDir(), "naps")}
	v.machine = m.with(t, "sleep", fmt.Sprintf("echo >> %q\nexec %q \"$@\"", v.naps, filepath.Join(m.tools(), "sleep")))
	v.dir, _ = home(t, mine)
	v.file = strings.Replace(v.delivery.Path(), "~", v.dir, 1)
	v.before = mine
	if kind == Managed {
		v.before = marker + "\n{}\n"
	}
	v.reset(t)
	got := v.run(t)
	require.Zero(t, got.status, got.stderr)
	v.after = contents(t, v.file)
	return v
}

func (v *victim) run(t *testing.T) result {
	t.Helper()
	return finished(t, v.command(t, v.machine))
}

func (v *victim) command(t *testing.T, m machine, variables ...string) *exec.Cmd {
	t.Helper()
	c := contentOf(t, deliverytest.Document("m1", "m1"), Complete)
	return m.command(t, v.dir, m.script(v.delivery), append(environment(v.delivery, v.dir, c), variables...)...)
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
	got := v.run(t)
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

// systemCalls gives the system calls in a trace of several processes, in order: those that any of them makes.
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

// Every process of a run is killed before its system calls: the shell, mv at its rename, awk half way.
func TestKillAtSystemCalls(t *testing.T) {
	t.Parallel()
	tracer := deliverytest.Strace(t)
	every := 97
	if deliverytest.Full() {
		every = 13
	}
	for _, m := range sample(t) {
		for _, kind := range []string{Merge, Managed} {
			t.Run(m.String()+", "+kind, func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, m, kind)
				v.reset(t)
				trace := filepath.Join(t.TempDir(), "trace")
				cmd := v.command(t, m)
				deliverytest.Traced(tracer, cmd, "-f", "-o", trace)
				require.NoError(t, cmd.Run())
				calls := systemCalls(contents(t, trace))
				require.Greater(t, len(calls), 100)
				for i := 0; i < len(calls); i += every {
					v.reset(t)
					cmd := v.command(t, m)
					deliverytest.Traced(tracer, cmd, "-f", "-o", os.DevNull, "-e",
						fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", calls[i].name, calls[i].n))
					kill := group(cmd)
					_ = cmd.Run()
					kill()
					v.check(t, fmt.Sprint("killed at ", calls[i]))
				}
				t.Logf("%d kills at %d system calls", v.kills, len(calls))
			})
		}
	}
}

// The whole run is killed before and after each program that it calls, also while it removes a stale lock.
func TestKillAroundEveryProgram(t *testing.T) {
	t.Parallel()
	gone := deliverytest.DeadOwner(t)
	for _, m := range sample(t) {
		for _, kind := range []string{Merge, Managed} {
			for _, stale := range []bool{false, true} {
				if stale && kind == Managed {
					continue // it takes no lock
				}
				t.Run(fmt.Sprint(m, ", ", kind, ", stale lock: ", stale), func(t *testing.T) {
					t.Parallel()
					v := newVictim(t, m, kind)
					count := filepath.Join(t.TempDir(), "count")
					killers := m
					for _, program := range []string{"awk", "chmod", "dd", "ls", "mkdir", "mv", "rm", "rmdir", "wc"} {
						killers = killers.with(t, program, `
step() {
  n=0
  read -r n < `+count+`
  n=$((n + 1))
  echo "$n" > `+count+`
  [ "$n" -ne "$KILL_AT" ] || kill -9 0
}
step
"`+filepath.Join(m.tools(), program)+`" "$@"
status=$?
step
exit "$status"`)
					}
					for n := 1; ; n++ {
						v.reset(t)
						require.NoError(t, os.WriteFile(count, []byte("0\n"), 0o600))
						if stale {
							deliverytest.HoldLock(t, v.file, gone)
						}
						cmd := v.command(t, killers, fmt.Sprint("KILL_AT=", n))
						group(cmd)
						if cmd.Run() == nil {
							break
						}
						v.check(t, fmt.Sprintf("killed at call %d", n))
						if !deliverytest.Full() {
							n += 2
						}
					}
					require.Greater(t, v.kills, 4, "the script ends sooner than it can")
				})
			}
		}
	}
}

// A run that is told to end leaves the file as it was, gives its lock back and removes its own files.
func TestScriptIsTerminated(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		dir, file := home(t, mine)
		slow := m.with(t, "awk", "echo > \"$HOME/at-awk\"; exec sleep 1")
		cmd := slow.command(t, dir, m.script(delivers(Merge)),
			environment(delivers(Merge), dir, contentOf(t, deliverytest.Document("", "m1"), Complete))...)
		group(cmd)
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "at-awk")); return err == nil },
			20*time.Second, time.Millisecond)
		require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM))
		require.Error(t, cmd.Wait())
		assert.Equal(t, mine, contents(t, file))
		assert.Eventually(t, func() bool { return len(leftovers(t, file)) == 0 }, 20*time.Second, 10*time.Millisecond)
	}
}
