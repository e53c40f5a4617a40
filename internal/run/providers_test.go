package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// A use is checked once, and the message about it names the models that have it.
func TestUses(t *testing.T) {
	t.Parallel()
	vllm := droid.Model{Model: "m", Provider: droid.OpenAI, GatewayProvider: "vllm"}
	want := wanted(droid.Model{Model: "a", Provider: droid.OpenAI}, vllm, droid.Model{Model: "c", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"}, vllm)
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		b := newBuild(t, s.WorkspaceStart(), mode)
		_, problems := b.Apply(want, nil)
		require.Equal(t, []string{"Unknown AI Gateway Provider"}, summaries(problems))
		assert.Contains(t, problems[0].Cause, "This concerns models[1] and models[3].")
		assert.Equal(t, mode == Warn, problems[0].Warning)
		assert.Len(t, s.Requests(), 4, "the list of gateway providers says it all")
		_, problems = b.Apply(want, nil)
		assert.Equal(t, mode == Require, len(problems) == 1, "a warning is given once, an error to each resource")
	}
}

func TestEnumerated(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{
		"a":                        {"a"},
		"a, b and c":               {"a", "b", "c"},
		"a, b, c, d, e and f":      {"a", "b", "c", "d", "e", "f"},
		"a, b, c, d, e and 2 more": {"a", "b", "c", "d", "e", "f", "g"},
	} {
		assert.Equal(t, want, enumerated(words))
	}
}
