package provider

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// A changed namespace leaves entries behind, unless former_namespaces names it. The apply says once which line to add.
func TestChangedNamespace(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, "")
	apply := func(lines string) string {
		write(t, filepath.Join(c.dir, "droid.tf"), one("droid", "m", "openai", lines))
		return strings.Join(strings.Fields(c.run(t, s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")), " ")
	}
	apply("")
	out := apply("  namespace = \"team\"\n")
	assert.Equal(t, 1, strings.Count(out, "Warning: Former Namespace Not Named"))
	assert.Contains(t, out, `former_namespaces = ["coder"]`)
	assert.Contains(t, out, "0 added, 1 changed, 0 destroyed", "never a replacement")
	assert.NotContains(t, apply("  namespace = \"third\"\n  former_namespaces = [\"coder\", \"team\"]\n"), "Warning")
	assert.NotContains(t, apply("  namespace = \"third\"\n"), "Warning")
}
