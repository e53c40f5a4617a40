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
		name      string
		env       codertest.Environ
		want      phase
		token     string
		tokenless bool
	}{
		{"by hand", codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": "mine"}, outside, "mine", false},
		{"start", s.WorkspaceStart(), starting, s.Token, false},
		{
			"start, a token is missing", s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), starting, "", false,
		},
		{"claim", s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true"), starting, s.Token, false},
		{"import", s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", ""), planning, "", true},
		{
			"import, second plan", s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", "", "CODER_WORKSPACE_TRANSITION", "stop"),
			ending, "", true,
		},
		{"prebuild", s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true"), prebuilding, "", true},
		{
			"prebuild that stops",
			s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true", "CODER_WORKSPACE_TRANSITION", "stop"), ending, "",
			true,
		},
		{"stop", s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop"), ending, "", true},
		{"delete", s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "destroy"), ending, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newRun(t, c.env, "")
			assert.Equal(t, c.want, b.phase)
			assert.Equal(t, c.token, b.config.Token)
			assert.Equal(t, c.tokenless, b.tokenless())
		})
	}
}
