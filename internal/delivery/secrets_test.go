//go:build linux

package delivery

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

const secret = "kYs1mGhTzQ-session-token-as-Coder-makes-them"

// secretDocument has a secret in a header, where every kind of delivery brings it.
func secretDocument() string {
	return strings.ReplaceAll(deliverytest.Document("", "m1"), `b: \"c\": d`, secret)
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
	}{{0x01, 7, none}, {0x02, 7, nobody}, {0x04, 7, none}, {0x10, 7, none}, {0x20, 7, none}} {
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
			c := contentOf(t, deliverytest.Document("", "m1"), Complete)
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

// If the shell traces or echoes, it prints nothing secret.
func TestScriptIsNotTraced(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(secretDocument()))
	for _, m := range machines(t) {
		for _, kind := range []string{Merge, Managed} {
			for _, c := range []struct{ before, variable string }{
				{"set -x", "A=b"}, {"set -v", "A=b"}, {"set -xv", "A=b"}, {"", "SHELLOPTS=xtrace:verbose"},
				{"set -x", "PS4=+${HOME}"},
			} {
				dir, _ := home(t, "{}")
				content := contentOf(t, secretDocument(), Complete)
				variables := append(environment(delivers(kind), dir, content), c.variable)
				got := finished(t, m.command(t, dir, c.before+"\n"+m.script(delivers(kind))+": behind\n", variables...))
				require.Zero(t, got.status, "%s: %s", m, got.stderr)
				assert.Contains(t, contents(t, strings.Replace(delivers(kind).Path(), "~", dir, 1)), secret)
				for _, leak := range []string{secret, encoded[80:144], encoded[len(encoded)-64:]} {
					assert.NotContains(t, got.stdout+got.stderr, leak, "%s, %v", m, c)
				}
			}
		}
	}
}

// If something is in the place of the new file's folder, the script does not write to it, read it or wait for it.
func TestScriptTrustsNoPlantedFile(t *testing.T) {
	t.Parallel()
	for _, m := range sample(t) {
		for name, plant := range map[string]string{
			"a named pipe": `mkfifo "$planted"`, "a link to a file": `ln -s "$HOME/victim" "$planted"`,
			"a link to nothing": `ln -s "$HOME/none" "$planted"`,
			"a file":            `: > "$planted"`, "a link to a folder": `ln -s "$HOME/open" "$planted"`,
			"a folder": `mkdir "$planted"; ln -s "$HOME/victim" "$planted/new"`,
		} {
			dir, file := home(t, "{}")
			require.NoError(t, os.WriteFile(filepath.Join(dir, "victim"), []byte("victim"), 0o600))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "open"), 0o777))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "open", "new"), []byte("mine"), 0o600))
			thief := m.with(t, "mkdir", `for planted in "$@"; do :; done
case $planted in *.factory-tmp) PATH=`+os.Getenv("PATH")+`; `+plant+`;; esac
exec "`+filepath.Join(m.tools(), "mkdir")+`" "$@"`)
			got := thief.merge(t, dir, secretDocument())
			refused(t, got, file, "{}", "its folder can not be written to; check the rights of .*", m.String()+", "+name)
			assert.Equal(t, "victim", contents(t, filepath.Join(dir, "victim")), name)
			assert.Equal(t, "mine", contents(t, filepath.Join(dir, "open", "new")), name)
			assert.NoFileExists(t, filepath.Join(dir, "none"), name)
			got = m.merge(t, dir, secretDocument())
			require.Zero(t, got.status, got.stderr)
			assert.Contains(t, contents(t, file), secret)
		}
	}
}

// witness looks, again and again, at what others on the machine could see: the argument lists of all processes, and
// the modes of the files in a folder.
type witness struct {
	arguments map[string]bool
	readable  map[string]bool // files that others can read
	looks     atomic.Int64
	stop      func()
}

func watch(folder string) *witness {
	w := &witness{arguments: make(map[string]bool), readable: make(map[string]bool)}
	end, ended := make(chan struct{}), make(chan struct{})
	w.stop = sync.OnceFunc(func() { close(end); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			default:
				w.look(folder)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	return w
}

func (w *witness) look(folder string) {
	w.looks.Add(1)
	lists, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, list := range lists {
		if text, err := os.ReadFile(list); err == nil {
			w.arguments[string(text)] = true
		}
	}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			w.readable[e.Name()] = true
		}
	}
}

// The script keeps secrets only in its environment and in the file. They are not in an argument of a program, not in
// what it prints, not in a file that others can read, and not in a file that it leaves behind.
func TestScriptKeepsSecrets(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(secretDocument()))
	for _, m := range machines(t) {
		for _, kind := range []string{Merge, Managed} {
			dir, file := home(t, mine)
			w := watch(filepath.Dir(file))
			defer w.stop()
			var printed string
			for i := 0; i < 1000 && w.looks.Load() < 20; i++ {
				require.NoError(t, os.RemoveAll(filepath.Dir(file)))
				got := m.deliver(t, dir, delivers(kind), secretDocument())
				require.Zero(t, got.status, got.stderr)
				printed += got.stdout + got.stderr
			}
			w.stop()
			require.GreaterOrEqual(t, w.looks.Load(), int64(20))
			seen := 0
			for arguments := range w.arguments {
				assert.NotContains(t, arguments, secret)
				assert.NotContains(t, arguments, encoded[80:144])
				if strings.Contains(arguments, "settings_path") {
					seen++
				}
			}
			assert.Positive(t, seen, "the script itself was seen running")
			assert.Empty(t, w.readable, "files that others can read")
			assert.NotContains(t, printed, secret)
			assert.Empty(t, leftovers(t, file))
		}
	}
}
