package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is Debian's user of this name.
const nobody = 65534

// privateEtc is a folder that lies over /etc for the programs that it wraps, so that a test can have /etc/factory.
type privateEtc struct {
	upper, work string
	user        bool // the programs do not run as root, and may use sudo
}

func newPrivateEtc(t *testing.T, user bool) *privateEtc {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can have an /etc of its own")
	}
	e := &privateEtc{upper: t.TempDir(), work: t.TempDir(), user: user}
	require.NoError(t, os.Chmod(e.upper, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(e.upper, "e2e-program"), nil, 0o600)) // the test binary is bound to it
	if user {
		require.NoError(t, os.Mkdir(filepath.Join(e.upper, "sudoers.d"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(e.upper, "sudoers.d", "e2e"),
			[]byte("nobody ALL=(ALL) NOPASSWD: ALL\n"), 0o440))
	}
	cmd := exec.Command("true")
	e.wrap(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("this machine lets no program have an /etc of its own: %v\n%s", err, out)
	}
	return e
}

// wrap makes a program see the folder. No folder changes nothing.
func (e *privateEtc) wrap(cmd *exec.Cmd) {
	if e == nil {
		return
	}
	as := ""
	if e.user {
		as = fmt.Sprintf("setpriv --reuid %d --regid %d --clear-groups", nobody, nobody)
	}
	prepared := fmt.Sprintf(`mount -t overlay overlay -o lowerdir=/etc,upperdir=%s,workdir=%s /etc &&
		mount --bind "$0" /etc/e2e-program && exec %s /etc/e2e-program "$@"`, e.upper, e.work, as)
	program := cmd.Path
	cmd.Path = "/usr/bin/unshare"
	cmd.Args = append([]string{"unshare", "--mount", "/bin/sh", "-c", prepared, program}, cmd.Args[1:]...)
}

// give makes a folder one that the programs can use.
func (e *privateEtc) give(t *testing.T, folder string) {
	t.Helper()
	if e == nil || !e.user {
		return
	}
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	require.NoError(t, os.Chown(folder, nobody, nobody))
}

// With Droid's system-managed file the models are there for everybody on the machine, the token is in the environment
// alone, and the user's own file stays as it is. The user may use sudo; in TestLeaks and TestModule the user is root.
func TestSystem(t *testing.T) {
	t.Parallel()
	c := newDroid(t, newestDroid)
	etc := newPrivateEtc(t, true)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	seen := filepath.Join(t.TempDir(), "environment")
	etc.give(t, filepath.Dir(seen))
	template := templateWith(centralForms+claudeIsDefault+"  delivery = \"system\"\n", "")
	w, b := d.workspace(t, user, d.template(t, showingEnvironment(template, seen)))
	w.etc = etc
	const own = "{\n  // mine\n  \"cloudSessionSync\": false\n}\n"
	w.setSettings(t, own)
	etc.give(t, w.home)
	w.boot(t, b.succeeded(t), ready, "factory: /etc/factory/settings.json: written, models: 3")()
	file := filepath.Join(etc.upper, "factory", "settings.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o644), info.Mode().Perm())
	assert.Zero(t, info.Sys().(*syscall.Stat_t).Uid, "the file is root's")
	text := readFile(t, file)
	models := entries(t, text)
	require.Len(t, models, 3)
	c.env = lines(t, seen)
	token := w.token(t, c.env)
	assert.NotContains(t, text, token)
	assert.False(t, holds(below(t, w.home), token), "a file below the home holds the token")
	assert.Equal(t, own, w.settings(t))

	c.home, c.etc = w.home, &privateEtc{upper: etc.upper, work: etc.work}
	for _, e := range models {
		d.completes(t, c, e)
	}
	assert.Contains(t, c.run(t, "exec", "say pong"), "pong", "the default model")
	d.saw(t, models[0])
}
