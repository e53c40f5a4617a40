//go:build linux

package delivery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// tmpfs is a small file system of the test's own.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
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

// However many bytes are free, the file stays whole and the message is ours.
func TestScriptOnAFullDisk(t *testing.T) {
	t.Parallel()
	large := "{\"theme\": \"" + strings.Repeat("dark", 5000) + "\"}\n"
	const why = `(its lock .* can not be made; free disk space, and .*|` +
		`a new file can not be made; free disk space, and .*|` +
		`it can not be written whole; free disk space|` +
		`awk failed, or took too long; free disk space, make the file smaller, or install mawk)`
	for _, m := range machines(t) {
		m = m.withClock(t)
		for _, leave := range []uint64{0, 4096, 16384} {
			dir := tmpfs(t, "256k")
			file := filepath.Join(dir, ".factory", "settings.json")
			require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, []byte(large), 0o600))
			var st syscall.Statfs_t
			require.NoError(t, syscall.Statfs(dir, &st))
			ballast := filepath.Join(dir, "ballast")
			require.NoError(t, os.WriteFile(ballast, make([]byte, st.Bavail*uint64(st.Bsize)-leave), 0o600))
			name := fmt.Sprintf("%s, %d bytes left", m, leave)
			refused(t, m.merge(t, dir, deliverytest.Document("", "m1")), file, large, why, name)
			if leave == 0 {
				refused(t, m.deliver(t, dir, delivers(Managed), deliverytest.Document("", "m1")), managedFile(dir), "", why, name)
			}
			require.NoError(t, os.Remove(ballast))
			got := m.merge(t, dir, deliverytest.Document("", "m1"))
			assert.Zero(t, got.status, "%s: %s", name, got.stderr)
			assert.Contains(t, contents(t, file), "custom:coder/m1", name)
		}
	}
}

// A file that is mounted by itself, as in some containers, can't be replaced.
func TestScriptOnAMountedFile(t *testing.T) {
	t.Parallel()
	mounted := filepath.Join(tmpfs(t, "256k"), "settings.json")
	require.NoError(t, os.WriteFile(mounted, []byte(mine), 0o600))
	for _, m := range sample(t) {
		dir, file := home(t, "{}")
		require.NoError(t, syscall.Mount(mounted, file, "", syscall.MS_BIND, ""))
		t.Cleanup(func() { assert.NoError(t, syscall.Unmount(file, syscall.MNT_DETACH)) })
		refused(t, m.merge(t, dir, deliverytest.Document("", "m1")), file, mine,
			"it is a mount of its own, so it can not be replaced; mount its folder instead", m.String())
	}
}
