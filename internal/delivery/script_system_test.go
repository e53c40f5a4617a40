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

const systemPath = "/etc/factory/settings.json"

// inCopyOfEtc runs a program that sees a copy of /etc in the place of /etc, by default as the user nobody. The copy stays after it.
type inCopyOfEtc struct {
	etc string
}

func newCopyOfEtc(t *testing.T) inCopyOfEtc {
	t.Helper()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil || !have(t, "sudo") {
		t.Skip("\n\n***** THE SYSTEM-MANAGED FILE IS NOT TESTED: this takes root, mount namespaces and sudo *****")
	}
	etc := filepath.Join(t.TempDir(), "etc")
	out, err := exec.Command("cp", "-a", "/etc", etc).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.RemoveAll(filepath.Join(etc, "factory")))
	return inCopyOfEtc{etc}
}

func (c inCopyOfEtc) run(t *testing.T, user, script, document string, variables ...string) result {
	t.Helper()
	cmd := exec.Command("unshare", "-m", "sh", "-c",
		`mount --bind "$1" /etc && exec setpriv --reuid="$2" --regid="$2" --clear-groups sh -c "$3"`, "sh", c.etc, user, script)
	cmd.Env = append(variables, "PATH="+os.Getenv("PATH"), Variable("coder")+"="+valueFor(document))
	return finished(t, cmd)
}

func (c inCopyOfEtc) file() string { return filepath.Join(c.etc, "factory", "settings.json") }

func TestSystemManagedFile(t *testing.T) {
	t.Parallel()
	const nobody, root = "65534", "0"
	script := scriptFor("coder", systemPath) + "echo the lines behind it run\n"
	document := deliverytest.Document("m1", "m1")
	byok := strings.Replace(document, `"index": 0,`, "\"index\": 0,\n      \"apiKey\": \"${ANTHROPIC_API_KEY}\",", 1)

	require.LessOrEqual(t, len(scriptFor("coder", systemPath)), 32*1024)

	for _, user := range []string{nobody, root} {
		c := newCopyOfEtc(t)
		require.NoError(t, os.WriteFile(filepath.Join(c.etc, "sudoers.d", "nobody"), []byte("nobody ALL=(ALL) NOPASSWD:ALL\n"), 0o440))
		got := c.run(t, user, script, byok, "ANTHROPIC_API_KEY=set")
		require.Zero(t, got.status, got.stderr)
		assert.Equal(t, "factory: /etc/factory/settings.json: models: 1 added\nthe lines behind it run\n", got.stdout)
		assert.Empty(t, got.stderr, "the variables are seen through sudo")
		assert.Equal(t, byok, contents(t, c.file()))
		for path, mode := range map[string]os.FileMode{c.file(): 0o644, filepath.Dir(c.file()): 0o755} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, mode, info.Mode().Perm(), "every user reads %s", path)
		}
		assert.Contains(t, c.run(t, user, script, byok).stderr, "ANTHROPIC_API_KEY in api_key is not set")
		assert.Contains(t, c.run(t, user, script, document).stdout, "models: 1 updated")
		assert.Contains(t, c.run(t, user, script, document).stdout, "up to date")
		left, err := os.ReadDir(filepath.Dir(c.file()))
		require.NoError(t, err)
		assert.Len(t, left, 1, "nothing but the file is left")
	}
}

// Droid drops every model of the system-managed file when one entry is incomplete.
func TestSystemManagedFileIsStrict(t *testing.T) {
	t.Parallel()
	c := newCopyOfEtc(t)
	require.NoError(t, os.Mkdir(filepath.Dir(c.file()), 0o755))
	for _, k := range deliverytest.Cases() {
		if !k.Strict || k.Before == "" {
			continue
		}
		require.NoError(t, os.WriteFile(c.file(), []byte(k.Before), 0o644))
		got := c.run(t, "0", scriptFor("coder", systemPath), k.Document)
		if k.Refusal == "" {
			assert.Equal(t, k.After, contents(t, c.file()), k.Name)
			continue
		}
		assert.Equal(t, 1, got.status, k.Name)
		assert.Equal(t, "factory: "+systemPath+":"+k.Refusal+"; nothing was written\n", got.stderr, k.Name)
		assert.Equal(t, k.Before, contents(t, c.file()), k.Name)
	}
}

func TestSystemManagedFileWithoutRights(t *testing.T) {
	t.Parallel()
	c := newCopyOfEtc(t)
	got := c.run(t, "65534", scriptFor("coder", systemPath), deliverytest.Document("", "m1"))
	assert.Equal(t, 1, got.status)
	assert.Equal(t, "factory: /etc/factory/settings.json: only root can write it, and there is no sudo that asks for no password; "+
		"nothing was written\n", got.stderr)
	assert.NoFileExists(t, c.file())
}

func TestScriptForAnOddSystemPath(t *testing.T) {
	t.Parallel()
	c := newCopyOfEtc(t)
	got := c.run(t, "0", scriptFor("coder", "/etc/it's\nEND\ncd etc; touch pwned\n"), deliverytest.Document("", "m1"))
	require.Zero(t, got.status, got.stderr)
	assert.Contains(t, contents(t, filepath.Join(c.etc, "it's\nEND\ncd etc; touch pwned\n")), "custom:coder/m1")
	assert.NoFileExists(t, filepath.Join(c.etc, "pwned"))
}
