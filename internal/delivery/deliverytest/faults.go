package deliverytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Full tells whether the long loops run whole. Otherwise they take a sample.
func Full() bool { return os.Getenv("LONG") != "" }

// Strace is the program that kills another at a given system call.
func Strace(t *testing.T) string {
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

// Traced puts strace around a command.
func Traced(strace string, cmd *exec.Cmd, options ...string) {
	cmd.Args = append(append(append([]string{strace, "-qq"}, options...), cmd.Path), cmd.Args[1:]...)
	cmd.Path = strace
}

// HoldLock makes the lock of a settings file in a .factory folder, with an owner, and returns its folder.
func HoldLock(t *testing.T, file, owner string) string {
	t.Helper()
	dir := filepath.Join(filepath.Dir(file), "state", "settings.json.lock")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "owner.json"), []byte(owner), 0o600))
	return dir
}

// DeadOwner is the owner.json of a lock of ours, held by a process that is gone.
func DeadOwner(t *testing.T) string {
	t.Helper()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Skipf("a process can't be known to be gone here: %v", err)
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	require.NoError(t, err)
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	return fmt.Sprintf(`{"token":"factory-%s-%s-1","pid":%d}`, strings.TrimSpace(string(boot)), strings.TrimPrefix(space, "pid:"), cmd.Process.Pid)
}
