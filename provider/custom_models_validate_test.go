package provider

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// wrong is a template in testdata, and the check that Terraform says all that the comments behind its lines announce.
// The template has them no more, because Terraform prints what is wrong.
func wrong(t *testing.T, file string) (template string, check func(out string, err error)) {
	t.Helper()
	comment := regexp.MustCompile(`(?m)(\S) +# (.*)$`)
	text := read(t, "testdata", file)
	return comment.ReplaceAllString(text, "$1"), func(out string, err error) {
		t.Helper()
		require.Error(t, err)
		announced := comment.FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, announced)
		for _, a := range announced {
			assert.Regexp(t, saying(a[2]), out)
		}
	}
}

// Terraform refuses a misspelt word in each kind of block, and says which one was meant.
func TestTypos(t *testing.T) {
	t.Parallel()
	template, check := wrong(t, "typos.tf")
	check(newCLI(t, template).try(codertest.Environ{}, "plan", "-no-color"))
}

// A value that is known only at apply is checked there, before anything is written.
func TestCheckedAtApply(t *testing.T) {
	t.Parallel()
	needs(t, "v1.4.0", "terraform_data")
	s := codertest.New(t)
	template, check := wrong(t, "late.tf")
	c := newCLI(t, template)
	assert.Contains(t, c.run(t, s.WorkspaceStart(), "plan", "-no-color"), "Plan: 4 to add")
	check(c.try(s.WorkspaceStart(), "apply", "-auto-approve", "-no-color"))
	assert.Empty(t, s.Requests(), "calls")
}
