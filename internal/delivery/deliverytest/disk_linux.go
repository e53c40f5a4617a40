package deliverytest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Tmpfs is a small file system of the test's own.
func Tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system, so nothing is tested on a full disk")
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("a file system can't be mounted (%v): continuous integration tests with a full disk", err)
	}
	if err != nil {
		t.Skipf("a file system can't be mounted (%v), so nothing is tested on a full disk", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// Fill takes all but some bytes of a file system, and returns a function that gives them back.
func Fill(t *testing.T, dir string, leave uint64) (free func()) {
	t.Helper()
	var st syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &st))
	ballast := filepath.Join(dir, "ballast")
	room := st.Bavail * uint64(st.Bsize) //nolint:gosec // a block's size is positive; its type differs by platform
	require.NoError(t, os.WriteFile(ballast, make([]byte, room-leave), 0o600))
	return func() { require.NoError(t, os.Remove(ballast)) }
}
