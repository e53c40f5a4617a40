package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

var (
	throughGateway = wanted(droid.Model{Model: "m", Provider: droid.OpenAI})
	pastGateway    = wanted(droid.Model{Model: "m", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"})
)

func wanted(models ...droid.Model) Wanted {
	return Wanted{Settings: droid.Settings{Namespace: "coder", Models: models}, Fits: func(document []byte) bool { return len(document) <= 90_000 }}
}

// The deployment is asked once in a process, whatever the number of resources, and only for models that need it.
func TestApplyAsksOnce(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	b := newBuild(t, s.WorkspaceStart(), "")
	_, problems := b.Apply(pastGateway, nil)
	assert.Empty(t, problems)
	assert.Empty(t, s.Requests())
	for range 2 {
		r, problems := b.Apply(throughGateway, nil)
		assert.Empty(t, problems)
		assert.Contains(t, string(r.Document), s.URL+droid.GatewayPath+"/openai/v1")
	}
	assert.Len(t, s.Requests(), 4, "the deployment, the token, the licence, the gateway providers")
}

// One warning is enough for any number of resources; an error is each resource's own.
func TestApplyProblems(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		b := newBuild(t, s.WorkspaceStart(), mode)
		s.Close()
		_, first := b.Apply(throughGateway, nil)
		require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(first))
		assert.Equal(t, mode == Warn, first[0].Warning)
		_, second := b.Apply(throughGateway, nil)
		assert.Equal(t, mode == Warn, len(second) == 0)
	}
}

// Another person's token is never written, whatever the verification.
func TestApplyTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		s.UserID = "11111111-2222-3333-4444-555555555555"
		_, problems := newBuild(t, s.WorkspaceStart(), mode).Apply(throughGateway, nil)
		require.Equal(t, []string{"Session Token of Another User"}, summaries(problems))
		assert.False(t, problems[0].Warning)
	}
}

// Droid calls the address as well, so the advice leads to no address that only Terraform reaches. What the message says of the
// apply is true of it.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		s.Close()
		_, problems := newBuild(t, s.WorkspaceStart(), mode).Apply(throughGateway, nil)
		require.Len(t, problems, 1)
		detail := problems[0].Detail()
		assert.Contains(t, detail, "Droid calls the address from the workspace, so change access_url only to one that both of them reach.")
		assert.NotEmpty(t, problems[0].Error)
		assert.NotContains(t, detail, "written")
		assumed := "The provider assumes that the AI Gateway is at " + s.URL + "/api/v2/aibridge."
		if mode == Warn {
			assert.Contains(t, detail, assumed)
		} else {
			assert.NotContains(t, detail, assumed)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	gateway := Value{Text: "https://gateway.example.com"}
	for _, c := range []struct {
		name   string
		config Config
		env    codertest.Environ
		want   []string
	}{
		{"both", Config{}, codertest.Environ{}, []string{"Missing Session Token", "Missing Access URL"}},
		{"token, in a real build", Config{}, s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), []string{"Missing Session Token"}},
		{"a gateway of its own is checked by the deployment", Config{GatewayURL: gateway}, codertest.Environ{"CODER_SESSION_TOKEN": "t"}, []string{"Missing Access URL"}},
		{"unless nothing is checked", Config{GatewayURL: gateway, Verification: Value{Text: Skip}}, codertest.Environ{"CODER_SESSION_TOKEN": "t"}, nil},
		{"not needed at import", Config{}, codertest.Environ{"CODER_WORKSPACE_TRANSITION": "start"}, nil},
		{"not known yet", Config{SessionToken: Value{Unknown: true}}, codertest.Environ{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, problems := New(c.config, c.env.Getenv)
			require.Empty(t, problems)
			_, missing := b.Plan(throughGateway, nil)
			assert.ElementsMatch(t, c.want, summaries(missing))
			_, missing = b.Plan(pastGateway, nil)
			assert.Empty(t, missing)
		})
	}
}
