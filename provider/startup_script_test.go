package provider

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

var (
	startupScript = regexp.MustCompile(`(?ms)^ *startup_script += (<<-EOT\n.*?\n *EOT|[^\n]*)$`)
	scriptOf      = regexp.MustCompile(`factory_custom_models\.(\w+)\.script`)
)

// Wherever we show a startup_script, the script's failure is that of the agent, and the user's login shell does not
// matter.
func TestStartupScriptsFailWithTheScript(t *testing.T) {
	t.Parallel()
	shown := startupScripts(t)
	require.GreaterOrEqual(t, len(shown), 10)
	c := newCLI(t, "")
	config := strings.Builder{}
	resources := map[string]bool{}
	for place, expression := range shown {
		for _, found := range scriptOf.FindAllStringSubmatch(expression, -1) {
			resources[found[1]] = true
		}
		fmt.Fprintf(&config, "output %q {\n  value = %s\n}\n", place, expression)
	}
	for name := range resources { // a namespace each, so that one can fail alone
		fmt.Fprintf(&config, "resource \"factory_custom_models\" %q {\n  namespace = %q\n}\n", name, name)
		fmt.Fprintf(&config, "output \"env-%s\" {\n  value = factory_custom_models.%[1]s.env\n  sensitive = true\n}\n", name)
	}
	write(t, filepath.Join(c.dir, "more.tf"), config.String())
	c.run(t, codertest.Environ{"CODER_WORKSPACE_TRANSITION": "stop"}, "apply", "-auto-approve")
	var outputs map[string]struct{ Value json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(c.run(t, codertest.Environ{}, "output", "-json")), &outputs))

	for place, expression := range shown {
		var script string
		require.NoError(t, json.Unmarshal(outputs[place].Value, &script))
		assert.True(t, strings.HasPrefix(script, "#!/bin/sh\n"), "%s: a login shell such as fish would run this", place)
		for _, failing := range scriptOf.FindAllStringSubmatch(expression, -1) {
			cmd := exec.Command("sh", "-c", script)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
			for name := range resources {
				var env map[string]string
				require.NoError(t, json.Unmarshal(outputs["env-"+name].Value, &env))
				for variable, document := range env {
					if name != failing[1] {
						cmd.Env = append(cmd.Env, variable+"="+document)
					}
				}
			}
			out, err := cmd.CombinedOutput()
			assert.Contains(t, string(out), "is not set", place)
			assert.Error(t, err, "%s: the failure of %s is lost", place, failing[1])
		}
	}
}

// startupScripts are the expressions that our texts, examples and modules give to startup_script, by where they are.
func startupScripts(t *testing.T) map[string]string {
	t.Helper()
	shown := make(map[string]string)
	collect := func(file string) {
		for i, found := range startupScript.FindAllStringSubmatch(read(t, file), -1) {
			if scriptOf.MatchString(found[1]) {
				place := regexp.MustCompile(`\W+`).ReplaceAllString(strings.TrimPrefix(file, "../"), "-")
				shown[fmt.Sprintf("%s-%d", place, i)] = found[1]
			}
		}
	}
	collect("../README.md")
	for _, folder := range []string{"../templates", "../examples", "../modules"} {
		require.NoError(t, filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				collect(file)
			}
			return err
		}))
	}
	return shown
}
