package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

var (
	throughGateway = droid.Settings{Namespace: "coder", Models: []droid.Model{{Model: "m", Provider: droid.OpenAI}}}
	pastGateway    = droid.Settings{Namespace: "coder", Models: []droid.Model{{Model: "m", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"}}}
)

// The deployment is asked once in a process, whatever the number of resources, and only for models that need it.
func TestResolveAsksOnce(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	b := newBuild(t, start(s), "")
	_, problems := b.Resolve(pastGateway)
	assert.Empty(t, problems)
	assert.Empty(t, s.Requests())
	for range 2 {
		d, problems := b.Resolve(throughGateway)
		assert.Empty(t, problems)
		assert.Equal(t, s.URL+droid.GatewayPath, d.GatewayURL)
	}
	assert.Len(t, s.Requests(), 3+1, "the deployment, the token, the licence; one way through the gateway")
}

// One warning is enough for any number of resources; an error is each resource's own.
func TestResolveProblems(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := deploymenttest.New(t)
		b := newBuild(t, start(s), mode)
		s.Close()
		_, first := b.Resolve(throughGateway)
		require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(first))
		assert.Equal(t, mode == Warn, first[0].Warning)
		_, second := b.Resolve(throughGateway)
		assert.Equal(t, mode == Warn, len(second) == 0)
	}
}

// Another person's token is never written, whatever the verification.
func TestResolveTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := deploymenttest.New(t)
		s.UserID = "11111111-2222-3333-4444-555555555555"
		_, problems := newBuild(t, start(s), mode).Resolve(throughGateway)
		require.Equal(t, []string{"Session Token of Another User"}, summaries(problems))
		assert.False(t, problems[0].Warning)
	}
}

// Droid calls the address as well, so the advice leads to no address that only Terraform reaches. What the message says of the
// apply is true of it.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := deploymenttest.New(t)
		s.Close()
		_, problems := newBuild(t, start(s), mode).Resolve(throughGateway)
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
	s := deploymenttest.New(t)
	gateway := Value{Text: "https://gateway.example.com"}
	for _, c := range []struct {
		name   string
		config Config
		env    environ
		want   []string
	}{
		{"both", Config{}, environ{}, []string{"Missing Session Token", "Missing Access URL"}},
		{"token, in a real build", Config{}, start(s).with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), []string{"Missing Session Token"}},
		{"a gateway of its own is checked by the deployment", Config{GatewayURL: gateway}, environ{"CODER_SESSION_TOKEN": "t"}, []string{"Missing Access URL"}},
		{"unless nothing is checked", Config{GatewayURL: gateway, Verification: Value{Text: Skip}}, environ{"CODER_SESSION_TOKEN": "t"}, nil},
		{"not needed at import", Config{}, environ{"CODER_WORKSPACE_TRANSITION": "start"}, nil},
		{"not known yet", Config{SessionToken: Value{Unknown: true}}, environ{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, problems := New(c.config, c.env.getenv)
			require.Empty(t, problems)
			_, _, missing := b.Expect(throughGateway, nil)
			assert.ElementsMatch(t, c.want, summaries(missing))
			_, _, missing = b.Expect(pastGateway, nil)
			assert.Empty(t, missing)
		})
	}
}
