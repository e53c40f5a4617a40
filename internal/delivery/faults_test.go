//go:build linux

package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// If SETTINGS_UPDATE is set, this program is a writer that tests kill: it updates that file and ends. It does so in init, where one
// thread does everything, so that its system calls come in the same order every time.
func init() {
	file := os.Getenv("SETTINGS_UPDATE")
	if file == "" {
		return
	}
	runtime.LockOSThread()
	namespace := os.Getenv("SETTINGS_NAMESPACE")
	document := strings.ReplaceAll(deliverytest.Document("", "m1"), "custom:coder/", "custom:"+namespace+"/")
	_, _ = os.Stat("begin")
	if _, err := Update(file, Wanted{Owned: Owned{Namespace: namespace}, Document: []byte(document)}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// writer is this program as another process that updates a file.
func writer(file, namespace string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SETTINGS_UPDATE="+file, "SETTINGS_NAMESPACE="+namespace)
	cmd.Dir = filepath.Dir(os.Args[0])
	return cmd
}

// If the writer is killed before any of its system calls, the file is the old or the new one, and the next run does not have to
// wait.
func TestKillTheWriterAtEveryStep(t *testing.T) {
	t.Parallel()
	tracer := deliverytest.Strace(t)
	gone := deliverytest.DeadOwner(t)
	every := 9
	if deliverytest.Full() {
		every = 1
	}
	document := wanted(deliverytest.Document("", "m1"))
	for name, prepare := range map[string]func(file string){
		"a file":       func(string) {},
		"a stale lock": func(file string) { deliverytest.HoldLock(t, file, gone) },
		"no file":      func(file string) { require.NoError(t, os.RemoveAll(filepath.Dir(file))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const mine = "{\n  // mine\n  \"theme\": \"dark\"\n}\n"
			file := filepath.Join(t.TempDir(), ".factory", "settings.json")
			reset := func() {
				require.NoError(t, os.RemoveAll(filepath.Dir(file)))
				require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
				require.NoError(t, os.WriteFile(file, []byte(mine), 0o600))
				prepare(file)
			}
			reset()
			before := contents(t, file)
			trace := filepath.Join(t.TempDir(), "trace")
			cmd := writer(file, "coder")
			deliverytest.Traced(tracer, cmd, "-o", trace)
			require.NoError(t, cmd.Run())
			after := contents(t, file)

			start, kills, began, steps := time.Now(), 0, false, 0
			count := map[string]int{}
			for _, line := range strings.Split(contents(t, trace), "\n") {
				call := regexp.MustCompile(`^(\w+)\(`).FindStringSubmatch(line)
				if call == nil {
					continue
				}
				count[call[1]]++
				began = began || strings.Contains(line, `"begin"`)
				if steps++; !began || steps%every != 0 {
					continue
				}
				reset()
				cmd := writer(file, "coder")
				deliverytest.Traced(tracer, cmd, "-o", os.DevNull, "-e", deliverytest.KillAt(call[1], count[call[1]]))
				_ = cmd.Run()
				kills++
				require.Contains(t, []string{before, after}, contents(t, file), "killed at %s", line)
				second := lockDir(file) + ".reclaim"
				nameless := exists(second) && read(second) == "" // nobody can tell whose it was
				again := time.Now()
				_, err := Update(file, document)
				require.NoError(t, err, "killed at %s", line)
				if !nameless {
					assert.Less(t, time.Since(again), lockStale, "killed at %s: the next run waits", line)
				}
				require.Equal(t, after, contents(t, file), "killed at %s", line)
				onlyFile(t, file)
			}
			require.Positive(t, kills)
			t.Logf("%d kills in %s", kills, time.Since(start).Round(time.Second))
		})
	}
}

// Goroutines and processes at once: nobody's entry is lost.
func TestUpdatesOfManyProcessesAtOnce(t *testing.T) {
	t.Parallel()
	each := 5
	if deliverytest.Full() {
		each = 25
	}
	file := settingsFile(t, "{\"theme\": \"dark\"}\n")
	start := time.Now()
	var wg sync.WaitGroup
	for i := range each {
		wg.Go(func() {
			out, err := writer(file, fmt.Sprintf("p%d", i)).CombinedOutput()
			assert.NoError(t, err, "%s", out)
		})
		wg.Go(func() {
			namespace := fmt.Sprintf("g%d", i)
			document := strings.ReplaceAll(deliverytest.Document("", "m1"), "custom:coder/", "custom:"+namespace+"/")
			_, err := Update(file, Wanted{Owned: Owned{Namespace: namespace}, Document: []byte(document)})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for i := range each {
		assert.Contains(t, contents(t, file), fmt.Sprintf(`"custom:p%d/m1"`, i))
		assert.Contains(t, contents(t, file), fmt.Sprintf(`"custom:g%d/m1"`, i))
	}
	assert.Contains(t, contents(t, file), `"theme": "dark"`)
	onlyFile(t, file)
	t.Logf("%d updates at once in %s", 2*each, time.Since(start).Round(time.Millisecond))
}

// If Droid is killed while it removes a stale lock, it leaves a folder that names its process. That folder holds nobody back.
func TestLockBeingClearedByAProgramThatIsGone(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "{}")
	second := lockDir(file) + ".reclaim"
	require.NoError(t, os.MkdirAll(second, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(second, "owner.json"), []byte(deliverytest.DeadOwner(t)), 0o600))
	start := time.Now()
	_, err := Update(file, wanted(deliverytest.Document("", "m1")))
	require.NoError(t, err)
	assert.Less(t, time.Since(start), lockStale/2)
	onlyFile(t, file)
}

// The age of a lock is how long this program has seen it. The times of files and the clock don't count.
func TestLockDoesNotTrustTheClock(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		file := settingsFile(t, "{}")
		dir := deliverytest.HoldLock(t, file, fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()))
		when := time.Now().Add(-age)
		for _, name := range []string{file, dir, filepath.Join(dir, "owner.json")} {
			require.NoError(t, os.Chtimes(name, when, when))
		}
		time.AfterFunc(time.Second, func() {
			_ = os.WriteFile(file, []byte(`{"theme":"dark"}`), 0o600)
			_ = os.RemoveAll(dir)
		})
		start := time.Now()
		_, err := Update(file, wanted(deliverytest.Document("", "m1")))
		require.NoError(t, err)
		assert.Less(t, time.Since(start), lockStale)
		assert.Contains(t, contents(t, file), "dark", "what its owner wrote is not lost")
	}
}

// If a process is killed after it makes the lock and before it writes its name, nobody holds the lock.
func TestLockWithoutAName(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "{}")
	deliverytest.HoldLock(t, file, "")
	start := time.Now()
	_, err := Update(file, wanted(deliverytest.Document("", "m1")))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, time.Since(start), lockNameless)
	assert.Less(t, time.Since(start), lockStale)
	onlyFile(t, file)
}

func TestUpdateOnAFullDisk(t *testing.T) {
	t.Parallel()
	document := wanted(deliverytest.Document("", "m1"))
	large := "{\"theme\": \"" + strings.Repeat("dark", 5000) + "\"}\n"
	for _, leave := range []uint64{0, 4096, 8192, 16384} {
		disk := deliverytest.Tmpfs(t, "256k")
		file := filepath.Join(disk, ".factory", "settings.json")
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(large), 0o600))
		free := deliverytest.Fill(t, disk, leave)
		_, err := Update(file, document)
		require.ErrorIs(t, err, syscall.ENOSPC, "%d bytes left", leave)
		assert.Equal(t, large, contents(t, file))
		onlyFile(t, file)
		free()
		_, err = Update(file, document)
		require.NoError(t, err)
		assert.Contains(t, contents(t, file), "custom:coder/m1")
	}
}

func TestUpdateThroughALinkIntoAnotherFileSystem(t *testing.T) {
	t.Parallel()
	disk := deliverytest.Tmpfs(t, "256k")
	file, target := settingsFile(t, ""), filepath.Join(disk, "droid.json")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	require.NoError(t, os.Symlink(target, file))
	require.NoError(t, os.WriteFile(target, []byte("{}"), 0o600))
	_, err := Update(file, wanted(deliverytest.Document("", "m1")))
	require.NoError(t, err)
	assert.Contains(t, contents(t, target), "custom:coder/m1")
	onlyFile(t, file)

	require.NoError(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err = Update(file, wanted(deliverytest.Document("")))
	require.ErrorIs(t, err, syscall.EROFS)
	assert.Contains(t, contents(t, target), "custom:coder/m1")
	onlyFile(t, file)
}

// If the person is not root, files that others own and files that may not be written stay as they are.
func TestUpdateWithoutRights(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a writer as somebody else")
	}
	const nobody = 65534
	for _, c := range []struct {
		name  string
		spoil func(file string)
		says  string
	}{
		{"a file of root's", func(file string) { require.NoError(t, os.Chown(file, 0, 0)) }, "belongs to another user"},
		{"a file that can't be read", func(file string) { require.NoError(t, os.Chmod(file, 0)) }, "permission denied"},
		{"a folder that can't be written", func(file string) { require.NoError(t, os.Chmod(filepath.Dir(file), 0o500)) }, "permission denied"},
		{"a folder that can't be read", func(file string) { require.NoError(t, os.Chmod(filepath.Dir(file), 0o300)) }, ""},
		{"a lock of root's", func(file string) {
			require.NoError(t, os.MkdirAll(lockDir(file), 0o700))
			require.NoError(t, os.Chown(filepath.Dir(lockDir(file)), nobody, nobody))
		}, "permission denied"},
	} {
		dir, err := os.MkdirTemp("", "settings")
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		require.NoError(t, os.Chmod(dir, 0o755))
		program := filepath.Join(dir, "writer") // nobody can't enter the folder of this program
		self, err := os.ReadFile(os.Args[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(program, self, 0o755))
		file := filepath.Join(dir, ".factory", "settings.json")
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte("{}"), 0o644))
		require.NoError(t, os.Chown(filepath.Dir(file), nobody, nobody))
		require.NoError(t, os.Chown(file, nobody, nobody))
		c.spoil(file)
		cmd := writer(file, "coder")
		cmd.Path, cmd.Dir = program, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		if c.says == "" {
			require.NoError(t, err, "%s: %s", c.name, out)
			assert.Contains(t, contents(t, file), "custom:coder/m1", c.name)
			continue
		}
		require.Error(t, err, c.name)
		assert.Contains(t, string(out), c.says, c.name)
		assert.Equal(t, 1, strings.Count(string(out), "\n"), "%s: one line: %s", c.name, out)
		assert.Equal(t, "{}", contents(t, file), c.name)
	}
}

// What root makes in a person's home belongs to the person.
func TestUpdateAsRootInAPersonsHome(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can write in somebody else's home")
	}
	const nobody = 65534
	for _, before := range []string{"", "{}"} {
		file := settingsFile(t, before)
		home := filepath.Dir(filepath.Dir(file))
		for _, name := range []string{home, filepath.Dir(file), file} {
			if err := os.Chown(name, nobody, nobody); before != "" || name == home {
				require.NoError(t, err)
			}
		}
		_, err := Update(file, wanted(deliverytest.Document("", "m1")))
		require.NoError(t, err)
		require.NoError(t, filepath.WalkDir(home, func(name string, _ os.DirEntry, err error) error {
			require.NoError(t, err)
			uid, gid, _ := owner(name)
			assert.Equal(t, []int{nobody, nobody}, []int{uid, gid}, "%q: %s", before, name)
			return nil
		}))
	}
}

// Whoever reads a named pipe may wait for ever.
func TestLoadOpensNoPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "settings.local.json")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := Load(pipe)
	require.EqualError(t, err, pipe+": not a regular file")
}

func TestUpdateOnAReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	disk := deliverytest.Tmpfs(t, "256k")
	file := filepath.Join(disk, ".factory", "settings.json")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	document := wanted(deliverytest.Document("", "m1"))
	_, err := Update(file, document)
	require.NoError(t, err)
	require.NoError(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	changed, err := Update(file, document)
	require.NoError(t, err, "nothing has to be written")
	assert.False(t, changed)
	_, err = Update(file, wanted(deliverytest.Document("", "m2")))
	require.ErrorIs(t, err, syscall.EROFS)
}
