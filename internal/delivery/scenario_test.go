package delivery

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// TestScenarios runs the scenarios of testdata/script under every shell and awk. Each is a text file with commands, the
// files that they start from, and the files that they must produce. HOME is the folder home. Two commands are ours:
//
//	deliver KIND DOCUMENT    runs the script of a delivery with a document, or with - for none; the variable path
//	                         is for another settings file, before and after are lines of an author's around the
//	                         script, former is a namespace that the resource had before, resource the id of another
//	                         one, and state the state of the document
//	mode BITS FILE           looks at a file's mode
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script",
				Setup: func(env *testscript.Env) error {
					env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
					return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o700)
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"deliver": m.deliverCommand(t), "mode": modeCommand},
			})
		})
	}
}

func (m machine) deliverCommand(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if len(args) != 2 {
			ts.Fatalf("usage: deliver kind document")
		}
		d := Delivery{Kind: args[0], Namespace: "coder", Former: strings.Fields(ts.Getenv("former")), Resource: resource,
			SettingsPath: ts.Getenv("path")}
		programs := ts.Getenv("PATH")
		defer ts.Setenv("PATH", programs)
		ts.Setenv("PATH", m.path)
		ts.Setenv(Variable("coder"), "")
		if args[1] != "-" {
			from := d
			from.Resource = cmp.Or(ts.Getenv("resource"), resource)
			c := contentOf(t, strings.TrimSuffix(ts.ReadFile(args[1]), "\n"), State(ts.Getenv("state")))
			for name, value := range from.Environment(c) {
				if name != droid.ManagedPathVariable || ts.Getenv(name) == "" {
					ts.Setenv(name, strings.Replace(value, "$HOME", ts.Getenv("HOME"), 1))
				}
			}
		}
		script := ts.Getenv("before") + "\n" + m.script(d) + ts.Getenv("after") + "\n"
		if err := ts.Exec(filepath.Join(m.tools(), "sh"), "-c", script); (err != nil) != neg {
			ts.Fatalf("the script under %s: %v", m, err)
		}
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
