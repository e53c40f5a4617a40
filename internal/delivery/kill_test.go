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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// strace is the program that kills another at a given system call.
func strace(t *testing.T) string {
	t.Helper()
	at, err := exec.LookPath("strace")
	if err == nil {
		err = exec.Command(at, "-qq", "-o", os.DevNull, "true").Run()
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("strace does not work (%v): continuous integration kills at every system call", err)
	}
	if err != nil {
		t.Skipf("strace does not work (%v), so nothing is killed at every system call", err)
	}
	return at
}

// traced puts strace around a command.
func traced(strace string, cmd *exec.Cmd, options ...string) {
	cmd.Args = append(append(append([]string{strace, "-qq"}, options...), cmd.Path), cmd.Args[1:]...)
	cmd.Path = strace
}

// deadOwner is the owner.json of a lock of ours, held by a process that is gone. No process can have its number: Linux
// gives numbers below 4194304.
func deadOwner(t *testing.T) string {
	t.Helper()
	space, err := os.Readlink("/proc/self/ns/pid")
	require.NoError(t, err)
	return fmt.Sprintf(`{"token":"factory-%s-%s-1","pid":4194305}`,
		strings.TrimSpace(contents(t, "/proc/sys/kernel/random/boot_id")), strings.TrimPrefix(space, "pid:"))
}

// sample is what the long loops run on: one machine and each of so many moments, or all of both with LONG=1.
func sample(t *testing.T, each int) (all []machine, every int) {
	t.Helper()
	if full() {
		return machines(t), 1
	}
	return machines(t)[:1], each
}

// victim is a file with which runs are killed, and the texts that it may have afterwards.
type victim struct {
	dir, file, before, after string
	machine                  machine
	delivery                 Delivery
	owner                    string // of a lock that a killed run left, or empty
}

func newVictim(t *testing.T, m machine, kind, owner string) *victim {
	t.Helper()
	v := &victim{delivery: delivers(kind), machine: m.withClock(t), owner: owner}
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
	got := finished(t, v.command(t, v.machine))
	require.Zero(t, got.status, got.stderr)
	v.after = contents(t, v.file)
	return v
}

func (v *victim) command(t *testing.T, m machine) *exec.Cmd {
	t.Helper()
	c := contentOf(t, documentOf("m1", "m1"), Complete)
	return m.command(t, v.dir, m.script(v.delivery), environment(v.delivery, v.dir, c)...)
}

// reset puts the file back as it was, for the next kill.
func (v *victim) reset(t *testing.T) {
	t.Helper()
	require.NoError(t, os.RemoveAll(filepath.Dir(v.file)))
	require.NoError(t, os.Mkdir(filepath.Dir(v.file), 0o700))
	require.NoError(t, os.WriteFile(v.file, []byte(v.before), 0o600))
	if v.owner != "" {
		lock := filepath.Join(filepath.Dir(v.file), "state", "settings.json.lock")
		require.NoError(t, os.MkdirAll(lock, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(lock, "owner.json"), []byte(v.owner), 0o600))
	}
}

// killed runs a command that is killed at some moment, and then what is left of its group. It asserts that the file is
// whole, and that a later run succeeds and does not have to wait.
func (v *victim) killed(t *testing.T, cmd *exec.Cmd, when string) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err := cmd.Run()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	want := []string{v.before, v.after}
	if err == nil {
		want = want[1:]
	}
	require.Contains(t, want, contents(t, v.file), "%s: %v", when, err)
	second := filepath.Join(filepath.Dir(v.file), "state", "settings.json.lock.reclaim")
	_, err = os.Stat(second)
	nameless := err == nil && contents(t, filepath.Join(second, "owner.json")) == "" // nobody can tell whose it was
	require.NoError(t, os.WriteFile(v.machine.clock, []byte(clockStart), 0o600))
	got := finished(t, v.command(t, v.machine))
	require.Zero(t, got.status, "%s: %s", when, got.stderr)
	if !nameless {
		assert.Less(t, contents(t, v.machine.clock), "105", "%s: the next run waits", when)
	}
	require.Equal(t, v.after, contents(t, v.file), when)
	require.Empty(t, leftovers(t, v.file), when)
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
	tracer := strace(t)
	all, every := sample(t, 7)
	kinds := []string{Merge, Managed}
	if os.Geteuid() == 0 {
		kinds = append(kinds, System)
	}
	for _, m := range all {
		for _, kind := range kinds {
			t.Run(m.String()+", "+kind, func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, m, kind, "")
				v.reset(t)
				trace := filepath.Join(t.TempDir(), "trace")
				cmd := v.command(t, v.machine)
				traced(tracer, cmd, "-f", "-o", trace)
				require.NoError(t, cmd.Run())
				calls := systemCalls(contents(t, trace))
				require.Greater(t, len(calls), 15)
				for i := 0; i < len(calls); i += every {
					v.reset(t)
					cmd := v.command(t, v.machine)
					traced(tracer, cmd, "-f", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace="+calls[i].name, "-e",
						fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", calls[i].name, calls[i].n))
					v.killed(t, cmd, fmt.Sprint("killed at ", calls[i]))
				}
			})
		}
	}
}

// Each program that a run calls is killed before and after its work, alone or with the whole run, also while the run
// removes a stale lock.
func TestKillAroundEveryProgram(t *testing.T) {
	t.Parallel()
	gone := deadOwner(t)
	all, every := sample(t, 3)
	for _, m := range all {
		for _, row := range []struct{ kind, whom, owner string }{
			{Merge, "alone", ""}, {Merge, "all", ""}, {Merge, "all", gone}, {Managed, "alone", ""}, {Managed, "all", ""},
		} {
			t.Run(fmt.Sprintf("%s, %s, %s, stale lock: %t", m, row.kind, row.whom, row.owner != ""), func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, m, row.kind, row.owner)
				countdown := filepath.Join(t.TempDir(), "countdown")
				killers := v.machine
				for _, program := range []string{"awk", "cat", "chmod", "dd", "ls", "mkdir", "mv", "rm", "rmdir", "wc"} {
					killers = killers.with(t, program, `
step() {
  read -r n < `+countdown+`
  echo "$((n - 1))" > `+countdown+`
  [ "$n" -ne 1 ] || kill -9 "`+map[string]string{"alone": "$$", "all": "0"}[row.whom]+`"
}
step
"`+filepath.Join(m.tools(), program)+`" "$@"
status=$?
step
exit "$status"`)
				}
				for n := 1; ; n += every {
					v.reset(t)
					require.NoError(t, os.WriteFile(countdown, []byte(strconv.Itoa(n)+"\n"), 0o600))
					v.killed(t, v.command(t, killers), fmt.Sprint("killed at step ", n))
					if contents(t, countdown) >= "1" { // it has ended before
						require.Greater(t, n, 12, "the script ends sooner than it can")
						return
					}
				}
			})
		}
	}
}
