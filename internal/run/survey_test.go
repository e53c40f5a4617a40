package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func TestSurvey(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	got, problems := newBuild(t, s.WorkspaceStart(), "").Survey(context.Background(), []string{"openai", "vllm"})
	require.Equal(t, []string{"Unknown AI Gateway Provider"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Contains(t, problems[0].Cause, `The list models["vllm"] is null.`)
	assert.Equal(t, map[string][]string{"openai": s.Models["openai"]}, got.Models)
	assert.Equal(t, "ada", got.Owner)

	_, problems = newBuild(t, s.WorkspaceStart(), Require).Survey(context.Background(), []string{"vllm"})
	require.Len(t, problems, 1)
	assert.False(t, problems[0].Warning)
	assert.NotContains(t, problems[0].Cause, "null", "nothing is read when the build fails")
}

// A survey that reads no list says why, where a template may need the list.
func TestSurveyWithoutLists(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		config  Config
		changes []string
		want    string
		because string
	}{
		{"import", Config{}, []string{"CODER_WORKSPACE_BUILD_ID", ""}, "Model Lists Not Read", "because this run has no session token (it imports a template, or is a dry run)."},
		{"prebuild", Config{}, []string{"CODER_WORKSPACE_IS_PREBUILD", "true"}, "Model Lists Not Read", "because this run has no session token (it makes a prebuild)."},
		{"stop", Config{}, []string{"CODER_WORKSPACE_TRANSITION", "stop"}, "", ""},
		{"skip", Config{Verification: Value{Text: Skip}}, nil, "Model Lists Not Read", `because the provider makes no call with verification = "skip".`},
		{"not known yet", Config{GatewayURL: Value{Unknown: true}}, nil, "Provider Configuration Not Known Yet", "known only after apply"},
		{"not known yet at import", Config{GatewayURL: Value{Unknown: true}}, []string{"CODER_WORKSPACE_BUILD_ID", ""}, "Model Lists Not Read", "known only after apply"},
		{"no address", Config{Verification: Value{Text: Skip}}, []string{"CODER_AGENT_URL", ""}, "Missing Access URL", ""},
		{"no token", Config{}, []string{"CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""}, "Missing Session Token", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			b, problems := New(c.config, s.WorkspaceStart().With(c.changes...).Getenv)
			require.Empty(t, problems)
			got, problems := b.Survey(context.Background(), []string{"openai"})
			assert.Empty(t, got.Models)
			assert.Empty(t, s.Requests(), "calls")
			if c.want == "" {
				assert.Empty(t, problems)
				return
			}
			require.Equal(t, []string{c.want}, summaries(problems))
			assert.Contains(t, problems[0].Cause, c.because)
		})
	}
}

// A gateway that can't be used is not asked for its models.
func TestSurveyObstacle(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	b := newBuild(t, s.WorkspaceStart(), "")
	s.Close()
	_, problems := b.Survey(context.Background(), []string{"openai"})
	require.Equal(t, []string{"Coder Deployment Unreachable", "Model Lists Not Read"}, summaries(problems))
	assert.Contains(t, problems[1].Cause, "because the AI Gateway can't be used (Coder Deployment Unreachable).")
}
