package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Terraform refuses a misspelt word in each kind of block, and says which one was meant.
func TestTypos(t *testing.T) {
	t.Parallel()
	c := newCLI(t, "")
	head := read(t, c.dir, "main.tf")
	for typo, config := range map[string]string{
		`argument named "verfication" is not expected here. Did you mean "verification"`: `
provider "factory" {
  verfication = "skip"
}
` + oneModel,
		`argument named "delivry" is not expected here. Did you mean "delivery"`: one("droid", "m", "openai",
			`delivry = "managed"`),
		`argument named "extra_header" is not expected here. Did you mean "extra_headers"`: strings.Replace(oneModel,
			"model {", "model {\nextra_header = {}", 1),
		`argument named "includes" is not expected here. Did you mean "include"`: strings.Replace(catalogOnly,
			"{}", "{\nincludes = []\n}", 1),
		`Blocks of type "catalogue" are not expected here.`: strings.Replace(catalogOnly, "catalog", "catalogue", 1),
	} {
		write(t, filepath.Join(c.dir, "main.tf"), head+config)
		out, err := c.try(codertest.Environ{}, "plan", "-no-color")
		require.Error(t, err, typo)
		assert.Regexp(t, saying(typo), out)
	}
}

// A value that is known only at apply is checked there, before anything is written.
func TestCheckedAtApply(t *testing.T) {
	t.Parallel()
	needs(t, "v1.4.0", "terraform_data")
	s := codertest.New(t)
	config := `resource "terraform_data" "later" { input = "A b" }` + "\n"
	rows := []struct{ lines, want string }{
		{"model {\n model = \"m\"\n provider = LATER\n }", `model[0] ("m"): provider is "A b".`},
		{"namespace = LATER", "namespace must be lower-case letters and digits"},
		{"dynamic \"model\" {\n for_each = [LATER]\n content {\n model = model.value\n provider = \"openai\"\n }\n }",
			"Model Needs a Name"},
	}
	for i, row := range rows {
		config += fmt.Sprintf("resource \"factory_custom_models\" \"r%d\" {\n%s\n}\n", i, row.lines)
	}
	c := newCLI(t, strings.ReplaceAll(config, "LATER", "terraform_data.later.output"))
	assert.Contains(t, c.run(t, s.WorkspaceStart(), "plan", "-no-color"), fmt.Sprintf("Plan: %d to add", len(rows)+1))
	out, err := c.try(s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")
	require.Error(t, err)
	for _, row := range rows {
		assert.Regexp(t, saying(row.want), out)
	}
	assert.Empty(t, s.Requests(), "calls")
}
