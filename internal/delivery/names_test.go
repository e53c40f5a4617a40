package delivery

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A name that is an alias, a builtin or a variable of a shell means something else there. In mksh, r is an alias.
func TestNamesAreNotTheShells(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("sh/*.sh")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		set := regexp.MustCompile(`(?m)(?:^|[ {])([A-Za-z_]\w*)(?:\(\)|=)|\bread -r ([\w ]+)|\bfor (\w+) in`)
		for _, m := range set.FindAllStringSubmatch(contents(t, file), -1) {
			names = append(names, strings.Fields(m[1]+" "+m[2]+" "+m[3])...)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	require.Greater(t, len(names), 60)
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains([]string{"LC_ALL", "IFS", "HOME", "PATH", "bs", "count"}, name) // these are set on purpose
	})
	for _, shell := range shells {
		if !have(t, shell) {
			continue
		}
		program := filepath.Join(toolbox(t, shell, "awk"), "sh")
		script := `PATH=/nowhere
for name in ` + strings.Join(names, " ") + `; do
  command -v "$name" && echo "$name is a command"
  eval "[ -z \"\${$name+set}\" ]" || echo "$name is a variable"
done`
		cmd := exec.Command(program, "-c", script)
		cmd.Env = []string{}
		out, _ := cmd.Output()
		assert.Empty(t, string(out), shell)
	}
}
