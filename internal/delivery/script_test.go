package delivery

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

const path = "~/.factory/settings.json"

// The script gives, byte for byte, what the Go merge gives, or the same refusal. Each awk has a test of its own that merges all
// cases, so the machines can share them here.
func TestScriptMerges(t *testing.T) {
	t.Parallel()
	script := scriptFor(deliverytest.Namespace, path)
	all := machines(t)
	for i, m := range all {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for j, c := range deliverytest.Cases() {
				if j%len(all) != i || c.Strict {
					continue // the strict ones are for another path
				}
				dir, file := home(t, c.Before)
				value := Variable(deliverytest.Namespace) + "=" + Delivery{Resource: resource}.Value([]byte(c.Document), c.Keep)
				got := m.run(t, dir, script, "", value)
				assert.Empty(t, leftovers(t, file), c.Name)
				if c.Refusal != "" {
					assert.Equal(t, 1, got.status, c.Name)
					assert.Empty(t, got.stdout, c.Name)
					assert.Contains(t, got.stderr, path+":"+c.Refusal, c.Name)
					assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "one line: %s", got.stderr)
					assert.Equal(t, c.Before, contents(t, file), c.Name)
					continue
				}
				if !assert.Zero(t, got.status, "%s: %s", c.Name, got.stderr) {
					continue
				}
				assert.Equal(t, 1, strings.Count(got.stdout, "\n"), "one line: %s", got.stdout)
				assert.Equal(t, c.After, contents(t, file), c.Name)
				again := m.run(t, dir, script, "", value)
				assert.Zero(t, again.status, "%s: %s", c.Name, again.stderr)
				assert.Equal(t, c.After, contents(t, file), "%s: a second run changes nothing", c.Name)
			}
		})
	}
}

func TestScriptIsSmallAndConstant(t *testing.T) {
	t.Parallel()
	longest := Owned{Namespace: strings.Repeat("n", 16), Former: []string{strings.Repeat("a", 16), strings.Repeat("b", 16)}}
	for _, d := range []Delivery{
		{SettingsPath: path}, {SettingsPath: systemPath}, {SettingsPath: droid.ManagedSettingsPath(longest.Namespace), Managed: true},
	} {
		d.Owned, d.Resource = longest, resource
		script := d.Script()
		assert.True(t, strings.HasPrefix(script, "#!/bin/sh\n"))
		assert.LessOrEqual(t, len(script), 32*1024)
		t.Logf("the script for %s has %d bytes", d.SettingsPath, len(script))
		assert.Equal(t, script, d.Script())
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "FACTORY_CUSTOM_MODELS_CODER", Variable("coder"))
	assert.Equal(t, "FACTORY_CUSTOM_MODELS_DATA_TEAM_2", Variable("data-team-2"))
}

// The lines that an author puts after the script run as if the script had changed nothing. The settings of the lines before it
// stay.
func TestScriptLeavesTheAuthorsLinesAlone(t *testing.T) {
	t.Parallel()
	// The names of all variables, and everything else that a script can change.
	const names = `set | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p' | sort`
	const rest = "$(set -o; umask; pwd; trap; alias)"
	for _, m := range machines(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for name, document := range map[string]string{"works": deliverytest.Document("", "m1"), "fails": "nonsense"} {
				dir, _ := home(t, "")
				// Both are looked at once before, because a shell sets some variables only then.
				script := "before=" + rest + " after=; : | :\n" + names + " > /dev/null\n" + names + " > \"$HOME/before\"\n" + scriptFor("coder", path) +
					"\n" + names + " > \"$HOME/after\"\nafter=" + rest + "\n[ \"$before\" = \"$after\" ] && echo same settings\necho appended line\n"
				cmd := m.command(t, dir, script, document)
				cmd.Env[0] = "PATH=" + m.path + ":" + os.Getenv("PATH") // for sed and sort
				got := finished(t, cmd)
				assert.Contains(t, got.stdout, "same settings\nappended line\n", name)
				before := contents(t, filepath.Join(dir, "before"))
				assert.Contains(t, before, "HOME\n")
				assert.Equal(t, before, contents(t, filepath.Join(dir, "after")), name)
			}
		})
	}
}

func TestScriptRefuses(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, file string)
		path  string
	}{
		{"a folder", func(t *testing.T, file string) {
			require.NoError(t, os.Remove(file))
			require.NoError(t, os.Mkdir(file, 0o700))
		}, path},
		{"a loop of links", func(t *testing.T, file string) {
			require.NoError(t, os.Remove(file))
			require.NoError(t, os.Symlink("settings.json", file))
		}, path},
		{"a dangling link into no folder", func(t *testing.T, file string) {
			require.NoError(t, os.Remove(file))
			require.NoError(t, os.Symlink("no/such/file", file))
		}, path},
		{"no folder's folder", func(*testing.T, string) {}, "~/no/such/settings.json"},
		{"below a file", func(*testing.T, string) {}, "~/.factory/settings.json/settings.json"},
	} {
		for _, m := range machines(t) {
			dir, file := home(t, "{}")
			c.spoil(t, file)
			got := m.run(t, dir, scriptFor("coder", c.path), document)
			assert.Equal(t, 1, got.status, "%s, %s", c.name, m.name)
			assert.Empty(t, got.stdout, c.name)
			assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "%s: one line: %s", c.name, got.stderr)
			assert.Empty(t, leftovers(t, file), c.name)
		}
	}
	got := anyMachine(t).run(t, "", scriptFor("coder", path), document)
	assert.Equal(t, 1, got.status)
	assert.Contains(t, got.stderr, "HOME")
}

// The script never runs or shows text in the document, the path or the environment.
func TestScriptRunsNoText(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{
		`$(touch pwned)`, "`touch pwned`", `'; touch pwned; '`, `\"; touch pwned; \"`, `%s%n%d`, `& \\1 \\0 &&`, `\\u0000\\n`, "😀\u2028",
		`secret-token`, `") { system(\"touch pwned\") } #`,
	} {
		document := strings.ReplaceAll(deliverytest.Document("", "m1"), "https://coder.example.com/v1", hostile)
		for _, m := range machines(t) {
			dir, file := home(t, `{"a": 1}`)
			got := m.run(t, dir, scriptFor("coder", path), document, "NAME=$(touch pwned)")
			require.Zero(t, got.status, "%s: %s", m.name, got.stderr)
			assert.Contains(t, contents(t, file), `"baseUrl": "`+hostile+`"`, m.name)
			assert.NotContains(t, got.stdout+got.stderr, hostile)
			assert.NoFileExists(t, filepath.Join(dir, "pwned"))
		}
	}
	for _, name := range []string{"it's", `"q"`, "$(touch pwned)", "a b", "new\nline", `back\slash`, "%s", "`x`", "-n", "*", "😀"} {
		for _, m := range machines(t) {
			dir, _ := home(t, "")
			got := m.run(t, dir, scriptFor("coder", "~/"+name), deliverytest.Document("", "m1"))
			require.Zero(t, got.status, "%q: %s", name, got.stderr)
			assert.Contains(t, contents(t, filepath.Join(dir, name)), "custom:coder/m1")
			assert.Equal(t, 1, strings.Count(got.stdout, "\n"), "%q", got.stdout)
			odd := filepath.Join(dir, name)
			require.NoError(t, os.Remove(odd))
			require.NoError(t, os.Mkdir(odd, 0o700))
			got = m.run(t, odd, scriptFor("coder", path), deliverytest.Document("", "m1"))
			require.Zero(t, got.status, "HOME %q: %s", name, got.stderr)
			assert.Contains(t, contents(t, filepath.Join(odd, ".factory", "settings.json")), "custom:coder/m1")
		}
	}
}

func TestScriptWarns(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	byok := strings.Replace(document, `"index": 0,`, "\"index\": 0,\n      \"apiKey\": \"${ANTHROPIC_API_KEY}\",", 1)
	for _, m := range machines(t) {
		dir, file := home(t, "{}")
		local := filepath.Join(filepath.Dir(file), "settings.local.json")
		require.NoError(t, os.WriteFile(local, []byte("{ // mine\n \"custom\\u004dodels\": [] }"), 0o600))
		got := m.run(t, dir, scriptFor("coder", path), document)
		assert.Zero(t, got.status)
		assert.Contains(t, got.stderr, "settings.local.json", m.name)
		require.NoError(t, os.WriteFile(local, []byte(`{"x": {"customModels": []}}`), 0o600))
		assert.Empty(t, m.run(t, dir, scriptFor("coder", path), document).stderr)

		assert.Contains(t, m.run(t, dir, scriptFor("coder", path), byok).stderr, "ANTHROPIC_API_KEY", m.name)
		assert.Empty(t, m.run(t, dir, scriptFor("coder", path), byok, "ANTHROPIC_API_KEY=secret").stderr, m.name)
	}
}

// A document that the provider did not make is refused whole.
func TestScriptRefusesBadDocuments(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		for _, bad := range []string{"{}", "nonsense", deliverytest.Document("", "m1")[:150], `{"customModels": "x"}`} {
			dir, file := home(t, "{}")
			got := m.run(t, dir, scriptFor("coder", path), bad)
			assert.Equal(t, 1, got.status, "%s: %q", m.name, bad)
			assert.Equal(t, "{}", contents(t, file))
		}
		dir, file := home(t, "{}")
		got := m.run(t, dir, scriptFor("coder", path), "", Variable("coder")+"="+resource+":***not base64***")
		assert.Equal(t, 1, got.status, m.name)
		assert.Equal(t, "{}", contents(t, file))
	}
}
