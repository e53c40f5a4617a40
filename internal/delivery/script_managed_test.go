package delivery

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// managedScript delivers through a managed file.
func managedScript() string {
	return Delivery{
		Owned: Owned{Namespace: "coder"}, Resource: resource, SettingsPath: droid.ManagedSettingsPath("coder"), Managed: true,
	}.Script()
}

func managedVariable(home string) string {
	return droid.ManagedPathVariable + "=" + strings.Replace(droid.ManagedSettingsPath("coder"), "~", home, 1)
}

// Releases before 0.215.0 were not seen to read a managed file. The script says so, and waits no longer than five seconds for an
// answer. Droid writes nothing into the person's home. It is not asked again until it or the file is new.
func TestManagedFileWarnsOfAnOldDroid(t *testing.T) {
	t.Parallel()
	timeout, err := exec.LookPath("timeout")
	if err != nil {
		t.Skip("this system has no timeout, without which the script does not ask Droid")
	}
	document := deliverytest.Document("", "m1")
	for _, m := range oneOfEachShell(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, os.Symlink(timeout, filepath.Join(m.path, "timeout")))
			for program, warned := range map[string]bool{
				"echo 0.117.0": true, "echo 0.99.0": true, "echo 0.9.1": true, "echo 0.214.9": true, "echo 0.215.0": false, "echo 0.225.2": false,
				"echo 0.1000.0": false, "echo 1.0.0": false, "echo words": false, "exit 1": false, "exec sleep 60": false,
				`: > "$HOME/droid-was-here"; echo 0.225.2`: false,
			} {
				dir, file := home(t, "")
				m := m.with(t, "droid", program)
				want := ""
				if version, _ := strings.CutPrefix(program, "echo "); warned {
					want = "factory: ~/.factory/coder-managed.json: Droid " + version + " may be too old to read it; 0.215.0 and later do\n"
				}
				droidFile, _, _ := strings.Cut(m.path, ":")
				for i, want := range []string{want, "", want} { // at the first start, at the next one, with a new Droid
					when := time.Now().Add(time.Duration(i/2*2-1) * time.Hour) // old, old, new
					require.NoError(t, os.Chtimes(filepath.Join(droidFile, "droid"), when, when))
					got := m.run(t, dir, managedScript(), document, managedVariable(dir))
					require.Zero(t, got.status, "%s: %s", program, got.stderr)
					assert.Equal(t, want, got.stderr, program)
				}
				assert.Empty(t, leftovers(t, file))
				assert.NoFileExists(t, filepath.Join(dir, "droid-was-here"))
			}
		})
	}
}

// Beside a system-managed file, Droid reads no other managed file, whatever is in it.
func TestManagedFileBesideASystemManagedOne(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{}", "", "{"} {
		c := newCopyOfEtc(t)
		require.NoError(t, os.Mkdir(filepath.Dir(c.file()), 0o755))
		require.NoError(t, os.WriteFile(c.file(), []byte(text), 0o644))
		dir := t.TempDir()
		got := c.run(t, "0", managedScript(), deliverytest.Document("", "m1"), "HOME="+dir, managedVariable(dir))
		assert.Equal(t, 1, got.status)
		assert.Equal(t, "factory: ~/.factory/coder-managed.json: Droid reads no other managed file beside /etc/factory/settings.json; "+
			"set settings_path = \"/etc/factory/settings.json\", or delivery = \"merge\"; nothing was written\n", got.stderr)
		assert.NoFileExists(t, filepath.Join(dir, ".factory", "coder-managed.json"))
		assert.Equal(t, text, contents(t, c.file()))
	}
}
