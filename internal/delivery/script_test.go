package delivery

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mine = "{\n  // mine\n  \"theme\": \"dark\"\n}\n"

// surroundings are what a template's own lines and the environment can set: aliases, functions, options, names of ours
// that can't be changed.
var surroundings = []struct {
	name, before string
	variables    []string
	shells       string
}{
	{"set -k", "set -k", nil, "bash mksh zsh ksh93"},
	{"failglob", "shopt -s failglob", nil, "bash"},
	{"aliases", `shopt -s expand_aliases; alias '['=false read=false export=false exec=false mv=true rm=true set=false`,
		nil, "bash"},
	{"aliases", "alias exec=false mv=true rm=true set=false export=false read=false", nil, "dash busybox mksh zsh ksh93"},
	{"functions", "mv() { :; }; rm() { :; }; mkdir() { :; }; awk() { :; }; sync() { :; }; read() { :; }; printf() { :; }",
		nil, "dash bash busybox mksh zsh ksh93"},
	{"exported functions", "mv() { :; }; rm() { :; }; mkdir() { :; }; awk() { :; }; put() { :; }; " +
		"export -f mv rm mkdir awk put; [() { false; }; export -f [", nil, "bash"},
	{"read-only variables", "readonly value=1 file=1 target=1 text=1 state=1 newline=1 folder=1 lock=1", nil,
		"dash bash busybox mksh zsh ksh93"},
	{"options", "set -eu; set -f; set -C; umask 0; IFS=o", nil, "dash bash busybox mksh zsh ksh93"},
	{"few descriptors", "ulimit -n 24", nil, "dash bash busybox mksh zsh ksh93"},
	{"no input", "exec <&-", nil, "dash bash busybox mksh zsh ksh93"},
	{"POSIX", "", []string{"POSIXLY_CORRECT=1"}, "dash bash"},
	{"environment", "", []string{"KSH_VERSION=x", "ZSH_VERSION=x", "BASHOPTS=failglob",
		"SHELLOPTS=noglob:nounset:errexit:keyword", "ENV=/dev/null",
		"CDPATH=/tmp", "LC_ALL=de_DE.UTF-8", "GREP_OPTIONS=-v", "file=x", "locked=1", "scratch=/", "working=1"},
		"dash bash busybox mksh zsh ksh93"},
}

// The script works whatever surrounds it, in every shell that an author's line may choose, and has no effect on the
// lines after it.
func TestScriptInAnySurroundings(t *testing.T) {
	t.Parallel()
	all := machines(t)
	for _, s := range surroundings {
		for _, shell := range strings.Fields(s.shells) {
			if !have(t, shell) {
				continue
			}
			m := all[0]
			if i := slices.IndexFunc(all, func(m machine) bool { return m.shell == shell }); i > 0 {
				m = all[i]
			}
			dir, file := home(t, mine)
			script := s.before + "\nbefore=\"$(set -o; umask; pwd)\"\n" + m.script(delivers(Merge)) +
				"after=\"$(set -o; umask; pwd)\"\n[ \"$before\" = \"$after\" ] && echo last line\n"
			cmd := m.command(t, dir, script, append(environment(delivers(Merge), dir,
				contentOf(t, documentOf("", "m1"), Complete)), s.variables...)...)
			program, err := exec.LookPath(shell)
			require.NoError(t, err)
			cmd.Path, cmd.Args[0] = program, shell
			if shell == "busybox" {
				cmd.Args = append([]string{"busybox", "sh"}, cmd.Args[1:]...)
			}
			got := finished(t, cmd)
			name := s.name + " in " + shell
			if shell != "bash" || s.name != "aliases" && s.name != "exported functions" { // they also change this line
				assert.Contains(t, got.stdout, "last line", "%s: %s", name, got.stderr)
			}
			assert.Contains(t, got.stdout, "models: 1 added", "%s: %s", name, got.stderr)
			assert.Contains(t, contents(t, file), "custom:coder/m1", name)
			assert.Empty(t, leftovers(t, file), name)
			assert.NotContains(t, got.stdout+got.stderr, "PATH=", name)
		}
	}
}

// The script never runs or shows text in the document or the path.
func TestScriptRunsNoText(t *testing.T) {
	t.Parallel()
	hostile := []string{
		`$(touch pwned)`, "`touch pwned`", `'; touch pwned; '`, `\"; touch pwned; \"`, `%s%n%d`,
		`& \\1 \\0 &&`, `\\u0000\\n`, "😀\u2028",
		`\") { system(\"touch pwned\") } #`,
	}
	names := []string{"it's", `"q"`, "$(touch pwned)", "a b", `back\slash`, "%s", "`x`", "-n", "*", "😀", "{a,b}"}
	for _, m := range machines(t) {
		document := strings.ReplaceAll(documentOf("", "m1"), "https://coder.example.com/v1",
			strings.Join(hostile, " "))
		for _, kind := range []string{Merge, Managed} {
			dir, _ := home(t, `{"a": 1}`)
			got := m.deliver(t, dir, delivers(kind), document)
			require.Zero(t, got.status, "%s: %s", m, got.stderr)
			assert.Contains(t, contents(t, strings.Replace(delivers(kind).Path(), "~", dir, 1)),
				`"baseUrl": "`+strings.Join(hostile, " ")+`"`, m)
			assert.NotContains(t, got.stdout+got.stderr, "pwned")
			assert.NoFileExists(t, filepath.Join(dir, "pwned"))
		}
		for _, name := range names {
			dir, _ := home(t, "")
			d := delivers(Merge)
			d.SettingsPath = "~/" + name
			got := m.deliver(t, dir, d, documentOf("", "m1"))
			require.Zero(t, got.status, "%q: %s", name, got.stderr)
			assert.Contains(t, contents(t, filepath.Join(dir, name)), "custom:coder/m1")
			assert.Equal(t, 1, strings.Count(got.stdout, "\n"), "%q", got.stdout)
			odd := filepath.Join(dir, name+" home")
			require.NoError(t, os.Mkdir(odd, 0o700))
			got = m.deliver(t, odd, delivers(Managed), documentOf("", "m1"))
			require.Zero(t, got.status, "HOME %q: %s", name, got.stderr)
			assert.Contains(t, contents(t, managedFile(odd)), "custom:coder/m1")
		}
	}
}
