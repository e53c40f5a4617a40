//go:build linux

package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// refused asserts that a run printed one line of ours and nothing of other programs, and that it left the file and nothing else.
func refused(t *testing.T, got result, file, before, why, name string) {
	t.Helper()
	assert.Equal(t, 1, got.status, name)
	assert.Empty(t, got.stdout, name)
	assert.Equal(t, "factory: "+path+": "+why+"; nothing was written\n", got.stderr, name)
	assert.Equal(t, before, contents(t, file), name)
}

// Programs fail, print something, or are killed half way.
func TestScriptWithProgramsThatFail(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	for _, c := range []struct{ program, text, why string }{
		{"awk", "echo half > \"$merge_output\"; echo 'awk: words' >&2; exit 1", "awk or wc failed"},
		{"awk", "echo half > \"$merge_output\"; kill -9 $$", "awk or wc failed"},
		{"awk", "echo words", "awk gave no answer"},
		{"awk", ":", "awk gave no answer"},
		{"awk", "echo half > \"$merge_output\"; echo short", "it can not be written whole: is the disk full?"},
		{"awk", "rm -f \"$merge_output\"; echo write 999 models: 1 added", "it can not be replaced"},
		{"mv", "echo 'mv: words' >&2; exit 1", "it can not be replaced"},
		{"mv", "kill -9 $$", "it can not be replaced"},
		{"wc", "echo words; exit 1", "awk or wc failed"},
		{"mkdir", "exit 1", "its lock can not be made: no right to, or disk full"},
	} {
		for _, m := range sample(t) {
			dir, file := home(t, killed)
			name := fmt.Sprintf("%s: %s %q", m.name, c.program, c.text)
			refused(t, m.with(t, c.program, c.text).run(t, dir, scriptFor("coder", path), document), file, killed, c.why, name)
			assert.Empty(t, leftovers(t, file), name)
			assert.Zero(t, m.run(t, dir, scriptFor("coder", path), document).status, name)
		}
	}
}

func TestScriptWithoutReadlink(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		dir, file := home(t, killed)
		require.NoError(t, os.Rename(file, file+".real"))
		require.NoError(t, os.Symlink("settings.json.real", file))
		if m.shell[0] == "busybox" {
			continue // has its own
		}
		require.NoError(t, os.Remove(filepath.Join(m.path, "readlink")))
		refused(t, m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1")), file, killed, "the symbolic link can not be read", m.name)
		assert.Empty(t, leftovers(t, file))
	}
}

// Without a working sleep, the script respects a lock in use and does not take it for a stale one.
func TestScriptWithoutSleep(t *testing.T) {
	t.Parallel()
	owner := fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid())
	for _, m := range oneOfEachShell(t) {
		if m.shell[0] == "ksh93" {
			continue // has its own
		}
		m = m.with(t, "sleep", "echo words >&2; exit 1")
		dir, file := home(t, killed)
		held := deliverytest.HoldLock(t, file, owner)
		refused(t, m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1")), file, killed, "it is locked by another program", m.name)
		assert.Equal(t, owner, contents(t, filepath.Join(held, "owner.json")), m.name)
		require.NoError(t, os.RemoveAll(held))
		assert.Zero(t, m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1")).status, m.name)
	}
}

// If Droid is killed while it removes a stale lock, it leaves a folder that names its process. That folder holds nobody back.
// Neither does a lock whose process was killed before it wrote its name.
func TestScriptLocksThatAreNobodys(t *testing.T) {
	t.Parallel()
	gone := deliverytest.DeadOwner(t)
	for _, m := range oneOfEachShell(t) {
		for _, owner := range []string{gone, ""} {
			t.Run(m.name+owner, func(t *testing.T) {
				t.Parallel()
				dir, file := home(t, killed)
				lock := deliverytest.HoldLock(t, file, owner)
				if owner != "" {
					require.NoError(t, os.Rename(lock, lock+".reclaim"))
				}
				naps := filepath.Join(t.TempDir(), "naps")
				m := m.with(t, "sleep", fmt.Sprintf("echo >> %q\nexec %q \"$@\"", naps, filepath.Join(m.path, "sleep")))
				got := m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1"))
				require.Zero(t, got.status, got.stderr)
				assert.Less(t, len(contents(t, naps)), 40, "tenths of a second")
				assert.Empty(t, leftovers(t, file))
			})
		}
	}
}

// The age of a lock is how long the run has seen it. The times of files and the clock don't count.
func TestScriptDoesNotTrustTheClock(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		dir, file := home(t, "{}")
		held := deliverytest.HoldLock(t, file, fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()))
		when := time.Now().Add(-age)
		for _, name := range []string{file, held, filepath.Join(held, "owner.json")} {
			require.NoError(t, os.Chtimes(name, when, when))
		}
		time.AfterFunc(time.Second, func() {
			_ = os.WriteFile(file, []byte(`{"theme":"dark"}`), 0o600)
			_ = os.RemoveAll(held)
		})
		got := anyMachine(t).run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1"))
		require.Zero(t, got.status, got.stderr)
		assert.Contains(t, contents(t, file), "dark", "what its owner wrote is not lost")
		assert.Contains(t, contents(t, file), "custom:coder/m1")
	}
}

func TestScriptWithARelativeHome(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		refused(t, m.run(t, "here", scriptFor("coder", path), deliverytest.Document("", "m1")), "", "", "HOME is not an absolute path", m.name)
	}
}

// However many bytes are free, the file stays whole and the message is ours.
func TestScriptOnAFullDisk(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	large := "{\"theme\": \"" + strings.Repeat("dark", 5000) + "\"}\n"
	whys := []string{
		"its lock can not be made: no right to, or disk full", "it can not be written whole: is the disk full?", "awk or wc failed",
	}
	for _, m := range append(sample(t), oneOfEachAwk(t)...) {
		for _, leave := range []uint64{0, 4096, 16384} {
			dir := deliverytest.Tmpfs(t, "256k")
			file := filepath.Join(dir, ".factory", "settings.json")
			require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, []byte(large), 0o600))
			free := deliverytest.Fill(t, dir, leave)
			got := m.run(t, dir, scriptFor("coder", path), document)
			name := fmt.Sprintf("%s, %d bytes left", m.name, leave)
			why := ""
			for _, line := range whys {
				if strings.Contains(got.stderr, line) {
					why = line
				}
			}
			refused(t, got, file, large, why, name)
			assert.Empty(t, leftovers(t, file), name)
			free()
			got = m.run(t, dir, scriptFor("coder", path), document)
			assert.Zero(t, got.status, "%s: %s", name, got.stderr)
			assert.Contains(t, contents(t, file), "custom:coder/m1", name)
		}
	}
}

func TestScriptThroughALinkIntoAnotherFileSystem(t *testing.T) {
	t.Parallel()
	for _, m := range oneOfEachShell(t) {
		disk := deliverytest.Tmpfs(t, "256k")
		dir, file := home(t, "{}")
		target := filepath.Join(disk, "droid.json")
		require.NoError(t, os.Remove(file))
		require.NoError(t, os.WriteFile(target, []byte("{}"), 0o600))
		require.NoError(t, os.Symlink(target, file))
		got := m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1"))
		require.Zero(t, got.status, got.stderr)
		after := contents(t, target)
		assert.Contains(t, after, "custom:coder/m1")
		assert.Empty(t, leftovers(t, file))
		assert.Empty(t, leftovers(t, target))

		require.NoError(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		got = m.run(t, dir, scriptFor("coder", path), deliverytest.Document(""))
		refused(t, got, file, after, "its folder is not writable", m.name)
		assert.Empty(t, leftovers(t, file))
	}
}

// A file that is mounted by itself, as in some containers, can't be replaced.
func TestScriptOnAMountedFile(t *testing.T) {
	t.Parallel()
	disk := deliverytest.Tmpfs(t, "256k")
	mounted := filepath.Join(disk, "settings.json")
	require.NoError(t, os.WriteFile(mounted, []byte(killed), 0o600))
	for _, m := range oneOfEachShell(t) {
		dir, file := home(t, "{}")
		require.NoError(t, syscall.Mount(mounted, file, "", syscall.MS_BIND, ""))
		t.Cleanup(func() { assert.NoError(t, syscall.Unmount(file, syscall.MNT_DETACH)) })
		refused(t, m.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1")), file, killed,
			"it is mounted by itself, so it can not be replaced; mount its folder instead", m.name)
		assert.Empty(t, leftovers(t, file))
	}
}

// If the person is not root, files that others own and files that may not be written stay as they are.
func TestScriptWithoutRights(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a script as somebody else")
	}
	const nobody = 65534
	for _, c := range []struct {
		name  string
		spoil func(file string)
		why   string
	}{
		{"a file of root's", func(file string) { require.NoError(t, os.Chown(file, 0, 0)) }, "it belongs to another user; run as its owner"},
		{"a file that can't be read", func(file string) { require.NoError(t, os.Chmod(file, 0)) }, "it can not be read"},
		{"a folder that can't be written", func(file string) { require.NoError(t, os.Chmod(filepath.Dir(file), 0o500)) },
			"its lock can not be made: no right to, or disk full"},
		{"a lock of root's", func(file string) {
			require.NoError(t, os.Chown(filepath.Dir(deliverytest.HoldLock(t, file, "")), nobody, nobody))
		}, "its lock can not be made: no right to, or disk full"},
	} {
		for _, m := range sample(t) {
			dir, file := home(t, killed)
			require.NoError(t, os.Chmod(file, 0o644))
			for _, name := range []string{dir, filepath.Dir(file), file} {
				require.NoError(t, os.Chown(name, nobody, nobody))
			}
			c.spoil(file)
			cmd := m.command(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1"))
			cmd.Dir = "/"
			for _, inside := range []string{dir, m.path} { // others may not enter a test's folders
				require.NoError(t, os.Chmod(inside, 0o755))
				require.NoError(t, os.Chmod(filepath.Dir(inside), 0o755))
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			refused(t, finished(t, cmd), file, killed, c.why, c.name+", "+m.name)
		}
	}
}

// What root makes in a person's home belongs to the person, and the person's own runs go on with it.
func TestScriptAsRootInAPersonsHome(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a script in somebody else's home")
	}
	const nobody = 65534
	document := deliverytest.Document("", "m1")
	for _, m := range oneOfEachShell(t) {
		for _, before := range []string{"", killed} {
			dir, file := home(t, before)
			for _, name := range []string{dir, filepath.Dir(file), file} {
				if err := os.Chown(name, nobody, nobody); before != "" || name == dir {
					require.NoError(t, err)
				}
			}
			got := m.run(t, dir, scriptFor("coder", path), document)
			require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
			require.NoError(t, filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
				require.NoError(t, err)
				var st syscall.Stat_t
				require.NoError(t, syscall.Stat(name, &st))
				assert.Equal(t, []uint32{nobody, nobody}, []uint32{st.Uid, st.Gid}, "%s, %q: %s", m.name, before, name)
				return nil
			}))
			cmd := m.command(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1", "m2"))
			cmd.Dir = "/"
			for _, inside := range []string{dir, m.path} {
				require.NoError(t, os.Chmod(filepath.Dir(inside), 0o755))
			}
			require.NoError(t, os.Chmod(m.path, 0o755))
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			got = finished(t, cmd)
			require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
			assert.Contains(t, got.stdout, "models: 1 added", m.name)
		}
	}
}

// A read-only file system is no failure if nothing has to be written.
func TestScriptOnAReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	for _, m := range oneOfEachShell(t) {
		disk := deliverytest.Tmpfs(t, "1m")
		file := filepath.Join(disk, ".factory", "settings.json")
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(killed), 0o600))
		got := m.run(t, disk, scriptFor("coder", path), deliverytest.Document("", "m1"))
		require.Zero(t, got.status, got.stderr)
		after := contents(t, file)
		require.NoError(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		got = m.run(t, disk, scriptFor("coder", path), deliverytest.Document("", "m1"))
		assert.Zero(t, got.status, m.name)
		assert.Equal(t, "factory: "+path+": up to date, models: 1\n", got.stdout, m.name)
		assert.Empty(t, got.stderr, m.name)
		got = m.run(t, disk, scriptFor("coder", path), deliverytest.Document(""))
		refused(t, got, file, after, "its lock can not be made: no right to, or disk full", m.name)
	}
}

// The script writes the new file to disk before it replaces the old one. It needs a program for that, and waits for five seconds at
// most.
func TestScriptSyncs(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	timeout, err := exec.LookPath("timeout")
	require.NoError(t, err)
	for _, m := range oneOfEachShell(t) {
		dir, file := home(t, killed)
		calls := filepath.Join(t.TempDir(), "calls")
		synced := m.with(t, "timeout", fmt.Sprintf("exec %q \"$@\"", timeout)).with(t, "sync", "echo sync \"$@\" >> "+calls)
		synced = synced.with(t, "mv", "echo mv >> "+calls+"\nexec "+filepath.Join(m.path, "mv")+" \"$@\"")
		require.Zero(t, synced.run(t, dir, scriptFor("coder", path), document).status, m.name)
		assert.Regexp(t, `^sync -d .*/\.settings\.json\.\d+\.factory-tmp/new\nmv\n$`, contents(t, calls), m.name)
		assert.Contains(t, contents(t, file), "custom:coder/m1", m.name)

		start := time.Now()
		slow := synced.with(t, "sync", "exec sleep 60")
		got := slow.run(t, dir, scriptFor("coder", path), deliverytest.Document("", "m1", "m2"))
		require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
		assert.Less(t, time.Since(start), 20*time.Second, m.name)
	}
}
