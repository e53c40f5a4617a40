//go:build linux

package delivery

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// inCopyOfEtc runs a program that sees a copy of /etc in the place of /etc. The copy stays after it.
type inCopyOfEtc struct{ etc string }

func newCopyOfEtc(t *testing.T) inCopyOfEtc {
	t.Helper()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil || !have(t, "sudo") {
		t.Skip("\n\n***** THE SYSTEM-MANAGED FILE IS NOT TESTED: this takes root, mount namespaces and sudo *****")
	}
	etc := filepath.Join(t.TempDir(), "etc")
	out, err := exec.Command("cp", "-a", "/etc", etc).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.RemoveAll(filepath.Join(etc, "factory")))
	require.NoError(t, os.WriteFile(filepath.Join(etc, "sudoers.d", "nobody"), []byte("nobody ALL=(ALL) NOPASSWD:ALL\n"),
		0o440))
	return inCopyOfEtc{etc}
}

// deliver runs a script as a user, by its number.
func (c inCopyOfEtc) deliver(
	t *testing.T, user string, d Delivery, content Content, home string, variables ...string,
) result {
	t.Helper()
	cmd := exec.Command("unshare", "-m", "sh", "-c",
		`mount --bind "$1" /etc && exec setpriv --reuid="$2" --regid="$2" --clear-groups sh -c "$3"`,
		"sh", c.etc, user, d.Script()+"echo behind it\n")
	cmd.Env = append(append(environment(d, home, content), variables...), "PATH="+os.Getenv("PATH"), "HOME="+home)
	return finished(t, cmd)
}

func (c inCopyOfEtc) file() string { return filepath.Join(c.etc, "factory", "settings.json") }

func TestSystemManagedFile(t *testing.T) {
	t.Parallel()
	const shown = "factory: /etc/factory/settings.json: "
	document := deliverytest.Document("m1", "m1")
	content := contentOf(t, strings.Replace(document, `"index": 0,`,
		"\"index\": 0,\n      \"apiKey\": \"${ANTHROPIC_API_KEY}\",", 1), Complete)
	for _, user := range []string{"65534", "0"} {
		c := newCopyOfEtc(t)
		dir := t.TempDir()
		// Root gets nothing of the environment.
		hostile := []string{"ANTHROPIC_API_KEY=set", "ENV=" + dir + "/env", "BASH_ENV=" + dir + "/env", "umask=0",
			"target=/etc/passwd"}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "env"), []byte(": > "+dir+"/pwned\n"), 0o600))
		got := c.deliver(t, user, delivers(System), content, dir, hostile...)
		assert.Equal(t, result{shown + "written, models: 1\nbehind it\n", "", 0}, got)
		assert.Equal(t, wholeFile(content.Document)+"\n", contents(t, c.file()))
		assert.NoFileExists(t, filepath.Join(dir, "pwned"))
		for path, mode := range map[string]os.FileMode{c.file(): 0o644, filepath.Dir(c.file()): 0o755} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, mode, info.Mode().Perm(), "every user reads %s", path)
		}
		assert.Contains(t, c.deliver(t, user, delivers(System), content, dir).stderr,
			"ANTHROPIC_API_KEY in api_key is not set")
		got = c.deliver(t, user, delivers(System), contentOf(t, document, Complete), dir)
		assert.Equal(t, shown+"written, models: 1\nbehind it\n", got.stdout)
		require.NoError(t, os.Chmod(c.file(), 0o600))
		got = c.deliver(t, user, delivers(System), contentOf(t, document, Keyless), dir)
		assert.Equal(t, result{shown + "up to date, models: 1\nbehind it\n",
			shown + "no token could be made when the workspace was built, so the gateway refuses these models\n", 0}, got)
		info, err := os.Stat(c.file())
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o644), info.Mode().Perm(), "every user reads it again")
		got = c.deliver(t, user, delivers(System), contentOf(t, deliverytest.Document(""), Incomplete), dir)
		assert.Equal(t, shown+"left as it is: a list of models could not be read when the workspace was built\nbehind it\n",
			got.stdout)
		left, err := os.ReadDir(filepath.Dir(c.file()))
		require.NoError(t, err)
		assert.Len(t, left, 1, "nothing but the file is left")

		large := contentOf(t, catalog(500), Complete)
		require.Zero(t, c.deliver(t, user, delivers(System), large, dir).status)
		assert.Equal(t, wholeFile(large.Document)+"\n", contents(t, c.file()))
	}
}

// What root finds there is never touched, unless it is ours.
func TestSystemManagedFileRefused(t *testing.T) {
	t.Parallel()
	document := contentOf(t, deliverytest.Document("m1", "m1"), Complete)
	for _, spoil := range []struct{ command, why string }{
		{`mkdir factory && echo '{}' > factory/settings.json`,
			"factory_custom_models did not write it; move it away, or choose another delivery"},
		{`mkdir factory && ln -s ../passwd factory/settings.json`,
			"factory_custom_models did not write it; move it away, or choose another delivery"},
		{`mkdir -p factory/settings.json`,
			"factory_custom_models did not write it; move it away, or choose another delivery"},
		{`ln -s apt factory`, "/etc/factory must be a folder that belongs to root; remove it"},
		{`mkdir factory && chown 65534 factory`, "/etc/factory must be a folder that belongs to root; remove it"},
		{`mkdir factory && chmod 777 factory`, "other users can write to /etc/factory; run chmod go-w /etc/factory"},
		{`rm sudoers.d/nobody`, "only root can write it, and sudo is missing or asks for a password; allow sudo without one"},
	} {
		c := newCopyOfEtc(t)
		out, err := exec.Command("sh", "-c", "cd '"+c.etc+"' && "+spoil.command+" && ls -lR . > ../before").CombinedOutput()
		require.NoError(t, err, "%s", out)
		got := c.deliver(t, "65534", delivers(System), document, t.TempDir())
		assert.Equal(t, result{"behind it\n", "factory: /etc/factory/settings.json: " + spoil.why +
			"; nothing was written\n", 0}, got, spoil.command)
		out, err = exec.Command("sh", "-c", "cd '"+c.etc+"' && ls -lR . | diff ../before -").CombinedOutput()
		require.NoError(t, err, "%s: %s", spoil.command, out)
	}
}

// Beside a system-managed file, Droid reads no other managed file, whatever is in it.
func TestManagedFileBesideASystemManagedOne(t *testing.T) {
	t.Parallel()
	c := newCopyOfEtc(t)
	require.NoError(t, os.Mkdir(filepath.Dir(c.file()), 0o755))
	require.NoError(t, os.WriteFile(c.file(), nil, 0o644))
	dir := t.TempDir()
	got := c.deliver(t, "0", delivers(Managed), contentOf(t, deliverytest.Document("", "m1"), Complete), dir)
	assert.Equal(t, "factory: "+managedFile(dir)+": Droid reads /etc/factory/settings.json in its place; "+
		"set delivery = \"system\" or \"merge\"; nothing was written\n", got.stderr)
	assert.NoFileExists(t, managedFile(dir))
}
