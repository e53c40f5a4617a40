package delivery

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestScenarios runs the scenarios of testdata/script under every shell and awk. Each is a text file with commands, the files that
// they start from, and the files that they must produce. HOME is the folder home. Two commands are ours:
//
//	merge DOCUMENT    runs the delivered script with a wanted document, or with - for none; the variable path is for another
//	                  settings file, before and after are lines of an author's around the script, former is a namespace that
//	                  the resource had before, resource the id of another one, keep says that the document may lack
//	                  models, and managed that the settings file is a managed one of our own
//	mode BITS FILE    looks at a file's mode
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script",
				Setup: func(env *testscript.Env) error {
					env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
					env.Setenv("path", path)
					return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o700)
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"merge": m.mergeCommand, "mode": modeCommand},
				Condition: func(word string) (bool, error) {
					if word == "root" {
						return os.Geteuid() == 0, nil
					}
					return false, fmt.Errorf("unknown condition %s", word)
				},
			})
		})
	}
}

func (m machine) mergeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: merge document")
	}
	programs := ts.Getenv("PATH")
	defer ts.Setenv("PATH", programs)
	ts.Setenv("PATH", m.path)
	ts.Setenv(Variable("coder"), "")
	if args[0] != "-" {
		document := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
		value := Delivery{Resource: cmp.Or(ts.Getenv("resource"), resource)}.Value([]byte(document), ts.Getenv("keep") != "")
		ts.Setenv(Variable("coder"), value)
	}
	shell, err := exec.LookPath(m.shell[0])
	ts.Check(err)
	delivery := Delivery{Owned: Owned{"coder", strings.Fields(ts.Getenv("former"))}, Resource: resource, SettingsPath: ts.Getenv("path"), Managed: ts.Getenv("managed") != ""}
	script := ts.Getenv("before") + "\n" + delivery.Script() + ts.Getenv("after") + "\n"
	err = ts.Exec(shell, append(append([]string{}, m.shell[1:]...), "-c", script)...)
	if (err != nil) != neg {
		ts.Fatalf("the script under %s: %v", m.name, err)
	}
}

func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode bits file")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if (uint64(info.Mode().Perm()) == want) == neg {
		ts.Fatalf("%s has mode %o", args[1], info.Mode().Perm())
	}
}

// Every scenario says in its first line what it is about.
func TestScenariosSayWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.True(t, strings.HasPrefix(contents(t, file), "# "), file)
	}
}
