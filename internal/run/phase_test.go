package run

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Coder's phases, and which of them have a token.
func TestPhases(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct {
		name    string
		env     codertest.Environ
		want    phase
		token   string
		because string
	}{
		{"by hand", codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": "mine"}, outside, "mine", ""},
		{"start", s.WorkspaceStart(), starting, s.Token, ""},
		{"start, a token is missing", s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), starting, "", ""},
		{"claim", s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true"), starting, s.Token, ""},
		{"import", s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", ""), planning, "", "it imports a template, or is a dry run"},
		{"import, second plan", s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", "", "CODER_WORKSPACE_TRANSITION", "stop"), ending, "", "stops or is deleted"},
		{"prebuild", s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true"), prebuilding, "", "it makes a prebuild"},
		{"prebuild that stops", s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true", "CODER_WORKSPACE_TRANSITION", "stop"), ending, "", "stops or is deleted"},
		{"stop", s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop"), ending, "", "stops or is deleted"},
		{"delete", s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "destroy"), ending, "", "stops or is deleted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBuild(t, c.env, "")
			assert.Equal(t, c.want, b.phase)
			assert.Equal(t, c.token, b.config.Token)
			assert.Contains(t, b.phase.tokenless(), c.because)
			assert.Equal(t, c.because != "", b.tokenless())
		})
	}
}
