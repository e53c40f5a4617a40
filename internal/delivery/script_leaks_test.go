//go:build linux

package delivery

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// openToAll gives a folder a default ACL that lets everybody read and write what is made in it. The umask then has no effect.
func openToAll(t *testing.T, dir string) {
	t.Helper()
	const nobody, none = 65534, ^uint32(0)
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	for _, entry := range []struct {
		tag, rights uint16
		id          uint32
	}{{0x01, 7, none}, {0x02, 7, nobody}, {0x04, 7, none}, {0x10, 7, none}, {0x20, 7, none}} { // owner, one user, group, mask, others
		acl = binary.LittleEndian.AppendUint16(acl, entry.tag)
		acl = binary.LittleEndian.AppendUint16(acl, entry.rights)
		acl = binary.LittleEndian.AppendUint32(acl, entry.id)
	}
	if err := syscall.Setxattr(dir, "system.posix_acl_default", acl, 0); err != nil {
		t.Skipf("the file system takes no default ACL: %v", err)
	}
	require.NoError(t, os.Chmod(dir, 0o777|os.ModeSetgid))
}

// Only the owner can read the new file, from before its first byte on, whatever umask and ACL say.
func TestScriptUnderADefaultACL(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		dir, file := home(t, "{}")
		openToAll(t, filepath.Dir(file))
		seen := filepath.Join(t.TempDir(), "seen")
		watched := m.with(t, "awk", `[ "$merge_output" = /dev/null ] || ls -ld "${merge_output%/*}" "$merge_output" >> "`+seen+`"
exec "`+filepath.Join(m.path, "awk")+`" "$@"`)
		got := watched.run(t, dir, "umask 0\n"+scriptFor("coder", path), deliverytest.Document("", "m1"))
		require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), m.name)
		lines := strings.Split(strings.TrimSpace(contents(t, seen)), "\n")
		require.Len(t, lines, 2, m.name)
		assert.Regexp(t, `^drwx--S?---`, lines[0], m.name)
		assert.Regexp(t, `^-rw-------`, lines[1], m.name)
	}
}

// The same for the file that Go writes.
func TestUpdateUnderADefaultACL(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "{}")
	openToAll(t, filepath.Dir(file))
	_, err := Update(file, wanted(deliverytest.Document("", "m1")))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), mode(t, file))
}

// If the shell traces or echoes, it prints nothing secret.
func TestScriptIsNotTraced(t *testing.T) {
	t.Parallel()
	const secret = "kYs1mGhTzQ-session-token-as-Coder-makes-them"
	document := strings.ReplaceAll(deliverytest.Document("", "m1"), `b: \"c\": d`, secret)
	encoded := base64.StdEncoding.EncodeToString([]byte(document))
	for _, m := range machines(t) {
		for _, before := range []string{"", "set -x\n", "set -v\n", "set -xv\n"} {
			for _, variable := range []string{"A=b", "SHELLOPTS=xtrace:verbose", "BASH_ENV=/dev/null", "PS4=+${FACTORY_CUSTOM_MODELS_CODER}"} {
				if before == "" && variable == "A=b" || strings.HasPrefix(variable, "PS4") && before == "" {
					continue
				}
				dir, file := home(t, "{}")
				script := before + scriptFor("coder", path) + ": " + "behind\n"
				if strings.HasPrefix(variable, "PS4") {
					script = scriptFor("coder", path) // its author's lines may print what they like
				}
				got := m.run(t, dir, script, document, variable)
				require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
				assert.Contains(t, contents(t, file), secret)
				for _, leak := range []string{secret, encoded, encoded[:64], encoded[len(encoded)-64:]} {
					assert.NotContains(t, got.stdout+got.stderr, leak, "%s, %q, %s", m.name, before, variable)
				}
			}
		}
	}
}

// If something is in the place of the new file's folder, the script does not write to it, read it or wait for it.
func TestScriptTrustsNoPlantedFile(t *testing.T) {
	t.Parallel()
	const secret = "kYs1mGhTzQ-session-token-as-Coder-makes-them"
	document := strings.ReplaceAll(deliverytest.Document("", "m1"), `b: \"c\": d`, secret)
	for _, m := range oneOfEachShell(t) {
		for name, plant := range map[string]string{
			"a named pipe": `mkfifo "$planted"`, "a link to a file": `ln -s "$HOME/victim" "$planted"`, "a link to nothing": `ln -s "$HOME/none" "$planted"`,
			"a file": `: > "$planted"`, "a link to a folder": `ln -s "$HOME/open" "$planted"`,
		} {
			dir, file := home(t, "{}")
			require.NoError(t, os.WriteFile(filepath.Join(dir, "victim"), []byte("victim"), 0o600))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "open"), 0o777))
			thief := m.with(t, "mkdir", `for planted in "$@"; do :; done
case $planted in *.factory-tmp) PATH=`+os.Getenv("PATH")+`; `+plant+`;; esac
exec "`+filepath.Join(m.path, "mkdir")+`" "$@"`)
			start := time.Now()
			got := thief.run(t, dir, scriptFor("coder", path), document)
			refused(t, got, file, "{}", "its folder is not writable", m.name+", "+name)
			assert.Less(t, time.Since(start), 10*time.Second)
			assert.Equal(t, "victim", contents(t, filepath.Join(dir, "victim")))
			assert.NoFileExists(t, filepath.Join(dir, "none"))
			left, err := os.ReadDir(filepath.Join(dir, "open"))
			require.NoError(t, err)
			assert.Empty(t, left)
			// The next run removes what was planted, as it removes what killed runs leave.
			got = m.run(t, dir, scriptFor("coder", path), document)
			require.Zero(t, got.status, got.stderr)
			assert.Contains(t, contents(t, file), secret)
			assert.Empty(t, leftovers(t, file))
		}
	}
}
