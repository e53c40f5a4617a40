//go:build linux

package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
	kills                    int
}

func newVictim(t *testing.T, m machine, kind string) *victim {
	t.Helper()
	v := &victim{delivery: delivers(kind), machine: m.withClock(t)}
	v.dir, _ = home(t, mine)
	if kind == System {
		v.delivery.SettingsPath = filepath.Join(v.dir, ".factory", "system.json")
	}
	v.file = strings.Replace(v.delivery.Path(), "~", v.dir, 1)
	v.before = mine
	if kind != Merge {
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
	require.NoError(t, os.WriteFile(v.machine.clock, []byte(clockStart), 0o600))
	got := v.run(t)
	require.Zero(t, got.status, "%s: %s", when, got.stderr)
	if !nameless {
		assert.Less(t, contents(t, v.machine.clock), "105", "%s: the next run waits", when)
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

// systemCalls gives the system calls that change something in a trace of several processes, in order.
func systemCalls(trace string) []systemCall {
	var out []systemCall
	changes := regexp.MustCompile(`(?m)^(\d+) +` +
		`(execve|exit_group|fdatasync|mkdir|open|rename|rmdir|unlink|write|\w*chmod)(at2?)?\(`)
	count, seen := map[string]int{}, map[systemCall]bool{}
	for _, m := range changes.FindAllStringSubmatch(trace, -1) {
		name := m[2] + m[3]
		count[m[1]+name]++
		if c := (systemCall{name, count[m[1]+name]}); !seen[c] {
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
	every := 7
	if deliverytest.Full() {
		every = 1
	}
	kinds := []string{Merge, Managed}
	if os.Geteuid() == 0 {
		kinds = append(kinds, System)
	}
	for _, m := range sample(t) {
		for _, kind := range kinds {
			t.Run(m.String()+", "+kind, func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, m, kind)
				v.reset(t)
				trace := filepath.Join(t.TempDir(), "trace")
				cmd := v.command(t, v.machine)
				deliverytest.Traced(tracer, cmd, "-f", "-o", trace)
				require.NoError(t, cmd.Run())
				calls := systemCalls(contents(t, trace))
				require.Greater(t, len(calls), 15)
				for i := 0; i < len(calls); i += every {
					v.reset(t)
					cmd := v.command(t, v.machine)
					deliverytest.Traced(tracer, cmd, "-f", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace="+calls[i].name, "-e",
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

// Each program that a run calls is killed before and after its work, alone or with the whole run, also while the run
// removes a stale lock.
func TestKillAroundEveryProgram(t *testing.T) {
	t.Parallel()
	gone := deliverytest.DeadOwner(t)
	for _, m := range sample(t) {
		for _, c := range []struct{ kind, whom, owner string }{
			{Merge, "alone", ""}, {Merge, "all", ""}, {Merge, "all", gone}, {Managed, "alone", ""}, {Managed, "all", ""},
		} {
			t.Run(fmt.Sprintf("%s, %s, %s, stale lock: %t", m, c.kind, c.whom, c.owner != ""), func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, m, c.kind)
				count := filepath.Join(t.TempDir(), "count")
				killers := v.machine
				for _, program := range []string{"awk", "chmod", "dd", "ls", "mkdir", "mv", "rm", "rmdir", "wc"} {
					killers = killers.with(t, program, `
step() {
  read -r n < `+count+`
  n=$((n + 1))
  echo "$n" > `+count+`
  [ "$n" -ne "$KILL_AT" ] || kill -9 "`+map[string]string{"alone": "$$", "all": "0"}[c.whom]+`"
}
step
"`+filepath.Join(m.tools(), program)+`" "$@"
status=$?
step
exit "$status"`)
				}
				every := 3
				if deliverytest.Full() {
					every = 1
				}
				for n := 1; ; n += every {
					v.reset(t)
					require.NoError(t, os.WriteFile(count, []byte("0\n"), 0o600))
					if c.owner != "" {
						deliverytest.HoldLock(t, v.file, c.owner)
					}
					cmd := v.command(t, killers, fmt.Sprint("KILL_AT=", n))
					group(cmd)
					err := cmd.Run()
					steps, _ := strconv.Atoi(strings.TrimSpace(contents(t, count))) // none says that no program ran
					if steps < n {
						break
					}
					when := fmt.Sprintf("killed at call %d", n)
					if err == nil {
						require.Equal(t, v.after, contents(t, v.file), "%s, it claims success", when)
					}
					v.check(t, when)
				}
				require.Greater(t, v.kills, 4, "the script ends sooner than it can")
				t.Logf("%d kills", v.kills)
			})
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
			deadline, time.Millisecond)
		require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM))
		require.Error(t, cmd.Wait())
		assert.Equal(t, mine, contents(t, file))
		assert.Eventually(t, func() bool { return len(leftovers(t, file)) == 0 }, deadline, 10*time.Millisecond)
	}
}
