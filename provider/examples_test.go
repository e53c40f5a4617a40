package provider

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Every example is planned. coder/coder is built from its Go module; templates, which have other providers, are planned
// by TestTemplates.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	var files []string
	for _, pattern := range []string{"../examples/*/*.tf", "../examples/*/*/*.tf"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, found...)
	}
	require.GreaterOrEqual(t, len(files), 9)
	module, err := filepath.Abs("../modules/droid")
	require.NoError(t, err)
	for _, file := range files {
		if strings.Contains(file, "/templates/") {
			continue
		}
		t.Run(strings.TrimPrefix(file, "../examples/"), func(t *testing.T) {
			t.Parallel()
			if text := read(t, file); strings.Contains(text, "startswith(") || strings.Contains(text, "modules/droid") {
				needs(t, "v1.3.0", "startswith, and optional() in a variable's type")
			}
			c := emptyCLI(t)
			write(t, filepath.Join(c.dir, "main.tf"), strings.ReplaceAll(read(t, file), "../../../modules/droid", module))
			if strings.Contains(read(t, file), "coder/coder") {
				require.NoError(t, builtCoder())
			}
			c.run(t, codertest.Environ{}, "init")
			c.run(t, codertest.Environ{}, "validate")
			env := s.WorkspaceStart().With("CODER_WORKSPACE_ID", "9b1f4c1e-4f0e-4a3e-8f5e-0e2f6a7b1c22", "CODER_WORKSPACE_NAME",
				"dev", "CODER_WORKSPACE_TEMPLATE_ID",
				"3a6d8b9c-52a7-4bd1-9c55-6f0d2b8f5c33", "CODER_WORKSPACE_TEMPLATE_NAME", "dev", "CODER_WORKSPACE_TEMPLATE_VERSION",
				"first")
			out := c.run(t, env, "plan", "-no-color")
			if strings.Contains(read(t, file), "resource ") {
				want := max(1, strings.Count(read(t, file), `"../../../modules/droid"`)) // a module has one
				assert.Equal(t, want, strings.Count(out, "factory_custom_models.droid will be created"))
			}
			c.run(t, env.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_BUILD_ID", ""),
				"plan") // template import
		})
	}
}
