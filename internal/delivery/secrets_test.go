//go:build linux

package delivery

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "kYs1mGhTzQ-session-token-as-Coder-makes-them"

// secretDocument has a secret in a header, where every kind of delivery brings it.
func secretDocument() string {
	return strings.ReplaceAll(documentOf("", "m1"), `b: \"c\": d`, secret)
}

// openToAll gives a folder a default ACL that lets everybody read and write what is made in it. The umask then has no
// effect.
func openToAll(t *testing.T, dir string) {
	t.Helper()
	const none = ^uint32(0)
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	for _, entry := range []struct {
		tag, rights uint16
		id          uint32
	}{{0x01, 7, none}, {0x02, 7, 65534}, {0x04, 7, none}, {0x10, 7, none}, {0x20, 7, none}} {
		// The entries are: owner, one user, group, mask, others.
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
		for _, kind := range []string{Merge, Managed} {
			dir, file := home(t, "{}")
			openToAll(t, filepath.Dir(file))
			if kind == Managed {
				file = managedFile(dir)
			}
			seen := filepath.Join(t.TempDir(), "seen")
			real := filepath.Join(m.tools(), "chmod")
			watched := m.with(t, "chmod", `ls -ld . new >> "`+seen+"\"\n\""+real+`" "$@"; ls -ld . new >> "`+seen+`"`)
			c := contentOf(t, documentOf("", "m1"), Complete)
			got := finished(t, watched.command(t, dir, "umask 0\n"+m.script(delivers(kind)),
				environment(delivers(kind), dir, c)...))
			require.Zero(t, got.status, "%s: %s", m, got.stderr)
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), m)
			lines := strings.Split(strings.TrimSpace(contents(t, seen)), "\n")
			require.Len(t, lines, 4, m)
			assert.Regexp(t, `^drwx--[S-]---`, lines[0], m)
			assert.Regexp(t, `^-rw-------`, lines[3], m)
		}
	}
}

// The script keeps secrets only in its environment and in the file. They are in no argument of a program, and not in
// what it prints, also if the shell traces or echoes.
func TestScriptKeepsSecrets(t *testing.T) {
	t.Parallel()
	tracer := strace(t)
	for _, m := range machines(t) {
		for _, kind := range []string{Merge, Managed} {
			for _, c := range []struct{ before, variable string }{
				{"", "A=b"}, {"set -xv", "A=b"}, {"", "SHELLOPTS=xtrace:verbose"},
			} {
				dir, file := home(t, mine)
				content := contentOf(t, secretDocument(), Complete)
				value, variables := delivers(kind).value(content), environment(delivers(kind), dir, content)
				cmd := m.command(t, dir, c.before+"\n"+m.script(delivers(kind))+": behind\n", append(variables, c.variable)...)
				trace := filepath.Join(t.TempDir(), "trace")
				traced(tracer, cmd, "-f", "-s", "1000000", "-e", "trace=execve", "-o", trace)
				got := finished(t, cmd)
				require.Zero(t, got.status, "%s: %s", m, got.stderr)
				assert.Contains(t, contents(t, strings.Replace(delivers(kind).Path(), "~", dir, 1)), secret)
				programs := contents(t, trace)
				assert.Contains(t, programs, "settings_path", "the script itself was seen running")
				for _, leak := range []string{secret, value[80:144], value[len(value)-64:]} {
					assert.NotContains(t, programs+got.stdout+got.stderr, leak, "%s, %s, %v", m, kind, c)
				}
				assert.Empty(t, leftovers(t, file))
			}
		}
	}
}
