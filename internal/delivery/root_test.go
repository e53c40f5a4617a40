//go:build linux

package delivery

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

const nobody = 65534

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a script as somebody else, or in somebody else's home")
	}
}

// userHome is a home of the user nobody.
func userHome(t *testing.T, text string) (dir, file string) {
	t.Helper()
	dir, file = home(t, text)
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	for _, name := range []string{dir, filepath.Dir(file), file} {
		if err := os.Chown(name, nobody, nobody); text != "" || name == dir {
			require.NoError(t, err)
		}
	}
	return dir, file
}

// as runs a delivery as another user.
func (m machine) as(t *testing.T, uid, gid uint32, home string, d Delivery, document string) result {
	t.Helper()
	cmd := m.command(t, home, m.script(d), environment(d, home, contentOf(t, document, Complete))...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	return finished(t, cmd)
}

// Root writes nothing in another user's home, whatever links were planted there.
func TestScriptAsRootInAUsersHome(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, m := range sample(t) {
		victim := t.TempDir()
		for _, kind := range []string{Merge, Managed} {
			dir, file := userHome(t, mine)
			require.NoError(t, os.Mkdir(dir+"/.factory/state", 0o700))
			require.NoError(t, os.Remove(file))
			for _, planted := range []string{file, filepath.Dir(file) + "/.settings.json.factory-tmp",
				dir + "/.factory/state/settings.json.lock",
				dir + "/.factory/state/settings.json.lock.reclaim", dir + "/.factory/.coder-managed.json.factory-tmp"} {
				require.NoError(t, os.Symlink(victim, planted))
			}
			got := m.deliver(t, dir, delivers(kind), deliverytest.Document("", "m1"))
			assert.Equal(t, 1, got.status, "%s: %s", kind, got.stdout)
			assert.Regexp(t, "^factory: .*: root does not write here, because .* belongs to another user; "+
				"run the script as that user; nothing was written\n$", got.stderr)
			assert.NoFileExists(t, managedFile(dir))
			entries, err := os.ReadDir(victim)
			require.NoError(t, err)
			assert.Empty(t, entries, kind)
		}
		// A settings path of another user's, from root's own home.
		dir, file := userHome(t, mine)
		d := delivers(Merge)
		d.SettingsPath = file
		own, _ := home(t, "")
		assert.Contains(t, m.deliver(t, own, d, deliverytest.Document("", "m1")).stderr, "root does not write here")
		d.SettingsPath = filepath.Join(dir, "new", "settings.json")
		assert.Contains(t, m.deliver(t, own, d, deliverytest.Document("", "m1")).stderr, "root does not write here")
		assert.NoDirExists(t, filepath.Join(dir, "new"))
		assert.Equal(t, mine, contents(t, file))
	}
}

// In Kubernetes a home often belongs to root, with the user's group.
func TestScriptInAHomeOfTheGroup(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, m := range sample(t) {
		for _, kind := range []string{Merge, Managed} {
			dir, file := home(t, "")
			require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
			require.NoError(t, os.Chown(dir, 0, nobody))
			require.NoError(t, os.Chmod(dir, 0o2770))
			for range 2 {
				got := m.as(t, nobody, nobody, dir, delivers(kind), deliverytest.Document("", "m1"))
				require.Zero(t, got.status, "%s: %s", m, got.stderr)
			}
			if kind == Managed {
				file = managedFile(dir)
			}
			assert.Contains(t, contents(t, file), "custom:coder/m1")
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		}
	}
}

// If the user is not root, files that others own and files that may not be written stay as they are.
func TestScriptWithoutRights(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, c := range []struct {
		spoil func(file string)
		why   string
	}{
		{func(file string) { require.NoError(t, os.Chown(file, 0, 0)) },
			"it belongs to another user; run the script as that user"},
		{func(file string) { require.NoError(t, os.Chmod(file, 0)) }, "it can not be read; run chmod .*"},
		{func(file string) { require.NoError(t, os.Chmod(filepath.Dir(file), 0o500)) },
			"its lock .* can not be made; check the rights of .* and the free disk space"},
	} {
		for _, m := range sample(t) {
			dir, file := userHome(t, mine)
			require.NoError(t, os.Chmod(file, 0o644))
			c.spoil(file)
			refused(t, m.as(t, nobody, nobody, dir, delivers(Merge), deliverytest.Document("", "m1")), file, mine, c.why, c.why)
		}
	}
}

// In a folder that others can write to, somebody renames the folder with the new file, and puts one in its place that
// all can enter. The new file is never where others can read it.
func TestScriptInAFolderOfOthers(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, m := range sample(t) {
		for _, program := range []string{"awk", "mkdir", "mv", "chmod", "ls"} {
			dir, file := userHome(t, mine)
			require.NoError(t, os.Chmod(dir, 0o777))
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o777))
			swap := `scratch=$HOME/.factory/.settings.json.factory-tmp
if [ -d "$scratch" ] && [ ! -e "$HOME/swapped" ]; then
  : > "$HOME/swapped"
  PATH=` + os.Getenv("PATH") + `
  mv "$scratch" "$scratch.away"; mkdir "$scratch"; : > "$scratch/new"; chmod 777 "$scratch" "$scratch/new"
fi`
			seen := m.with(t, "mv", `ls -ld . >> "$HOME/seen"; exec "`+filepath.Join(m.tools(), "mv")+`" "$@"`)
			real := filepath.Join(m.tools(), program)
			thief := seen.with(t, program, swap+"\n\""+real+"\" \"$@\"\nstatus=$?\n"+swap+"\nexit $status")
			_ = thief.as(t, nobody, nobody, dir, delivers(Merge), deliverytest.Document("", "m1"))
			require.FileExists(t, filepath.Join(dir, "swapped"), program)
			modes := regexp.MustCompile(`(?m) .*$`).ReplaceAllString(contents(t, filepath.Join(dir, "seen")), "")
			for _, line := range strings.Fields(modes) {
				assert.Regexp(t, "^drwx--[S-]---", line, program)
			}
			require.NoError(t, filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
				if err == nil && e.Type().IsRegular() && name != file {
					info, err := e.Info()
					require.NoError(t, err)
					parent, err := os.Stat(filepath.Dir(name))
					require.NoError(t, err)
					if info.Mode().Perm()&0o044 != 0 || parent.Mode().Perm()&0o022 != 0 {
						assert.NotContains(t, contents(t, name), "custom:coder", "%s: %s", program, name)
					}
				}
				return nil
			}))
		}
	}
}
