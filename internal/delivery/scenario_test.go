package delivery

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// TestScenarios runs the scenarios of testdata/script under every shell and awk. Each is a text file with commands, the
// files that they start from, and the files that they must produce. HOME is the folder home. These commands are ours:
//
//	deliver KIND DOCUMENT    runs the script of a delivery with a document, or with - for none; the variable path
//	                         is for another settings file, before and after are lines of an author's around the
//	                         script, former is a namespace that the resource had before, resource the id of another
//	                         one, state the state of the document, and under a command that runs the shell
//	program NAME TEXT        puts a shell script in the place of a program, which is in the folder TOOLS
//	clock                    begins a clock that only the script's own sleeps move, in the file clock
//	mode BITS FILE           looks at a file's mode
//	clean                    looks for files of ours beside the settings file
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, m := range machines(t) {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script",
				Setup: func(env *testscript.Env) error {
					env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
					env.Setenv("TOOLS", m.tools())
					for _, dir := range []string{"home", "bin"} {
						if err := os.MkdirAll(filepath.Join(env.WorkDir, dir), 0o700); err != nil {
							return err
						}
					}
					return errors.Join(openToUsers(filepath.Join(env.WorkDir, "bin")), openToUsers(env.WorkDir))
				},
				Condition: func(name string) (bool, error) {
					root := os.Geteuid() == 0
					return root && (name == "root" || exec.Command("unshare", "-m", "true").Run() == nil), nil // or mounts
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"deliver": m.deliverCommand(t), "mode": modeCommand,
					"program": func(ts *testscript.TestScript, _ bool, args []string) { programCommand(ts, args[0], args[1]) },
					"clean": func(ts *testscript.TestScript, _ bool, _ []string) {
						if left := leftovers(t, ts.MkAbs("home/.factory/settings.json")); len(left) > 0 {
							ts.Fatalf("%s is left", left)
						}
					},
					"clock": func(ts *testscript.TestScript, _ bool, _ []string) { clockCommand(ts) },
				},
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
		ts.Setenv("PATH", ts.MkAbs("bin")+":"+m.path)
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
		on := m
		on.clock = ts.Getenv("CLOCK")
		script := ts.Getenv("before") + "\n" + on.script(d) + ts.Getenv("after") + "\n"
		command := append(strings.Fields(ts.Getenv("under")), filepath.Join(m.tools(), "sh"), "-c", script)
		program, err := exec.LookPath(command[0])
		ts.Check(err)
		if err := ts.Exec(program, command[1:]...); (err != nil) != neg {
			ts.Fatalf("the script under %s: %v", m, err)
		}
	}
}

func programCommand(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs("bin/"+name), []byte("#!/bin/sh\n"+text+"\n"), 0o755))
}

func clockCommand(ts *testscript.TestScript) {
	ts.Setenv("CLOCK", ts.MkAbs("clock"))
	ts.Check(os.WriteFile(ts.MkAbs("clock"), []byte(clockStart), 0o600))
	programCommand(ts, "sleep", sleepOnClock)
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
