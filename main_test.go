package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// `go install …@version` refuses a module whose go.mod has replace or exclude directives.
func TestModuleCanBeInstalled(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	mod, err := modfile.Parse("go.mod", text, nil)
	require.NoError(t, err)
	assert.Empty(t, mod.Replace, "replace")
	assert.Empty(t, mod.Exclude, "exclude")
}

// This program has the packages of the provider, so it starts as the provider does.
func TestStartCollectsNothing(t *testing.T) {
	t.Parallel()
	start := exec.Command(os.Args[0], "-test.run=^$")
	start.Env = []string{"GODEBUG=gctrace=1"}
	out, err := start.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.NotContains(t, string(out), "gc 1 @", "a package before internal/collector needs much memory")
}
