package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The deployment is asked once in a process, whatever the number of resources, and only for models that need it.
func TestApplyAsksOnce(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	r := newRun(t, s.WorkspaceStart(), "")
	_, problems := r.Apply(pastGateway, nil)
	assert.Empty(t, problems)
	assert.Empty(t, s.Requests())
	for range 2 {
		result, problems := r.Apply(throughGateway, nil)
		assert.Empty(t, problems)
		assert.Contains(t, string(result.Document), s.URL+droid.GatewayPath+"/openai/v1")
	}
	assert.Len(t, s.Requests(), 4, "the deployment, the token, the license, the gateway providers")
}

// One warning is enough for any number of resources; an error is each resource's own.
func TestApplyProblems(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		r := newRun(t, s.WorkspaceStart(), mode)
		s.Close()
		_, first := r.Apply(throughGateway, nil)
		require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(first))
		assert.Equal(t, mode == Warn, first[0].Warning)
		_, second := r.Apply(throughGateway, nil)
		assert.Equal(t, mode == Warn, len(second) == 0)
	}
}

// Another user's token is never written, whatever the verification.
func TestApplyTokenOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		s.UserID = "11111111-2222-3333-4444-555555555555"
		result, problems := newRun(t, s.WorkspaceStart(), mode).Apply(throughGateway, nil)
		require.Equal(t, []string{"Session Token of Another User"}, summaries(problems))
		assert.False(t, problems[0].Warning)
		assert.Empty(t, result.Document)
	}
}

// Droid calls the address as well, so the advice leads to no address that only Terraform reaches.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		s.Close()
		_, problems := newRun(t, s.WorkspaceStart(), mode).Apply(throughGateway, nil)
		require.Len(t, problems, 1)
		detail := problems[0].Detail()
		assert.Contains(t, detail, "so change access_url only to one that both reach.")
		assert.NotEmpty(t, problems[0].Error)
		assumed := "The provider assumes that the AI Gateway is at " + s.URL + "/api/v2/aibridge."
		if mode == Warn {
			assert.Contains(t, detail, assumed)
		} else {
			assert.NotContains(t, detail, assumed)
		}
	}
}

// A use that the gateway refuses is one message, which names the models that have it.
func TestUses(t *testing.T) {
	t.Parallel()
	vllm := droid.Model{Model: "m", Provider: droid.OpenAI, GatewayProvider: "vllm"}
	past := droid.Model{Model: "c", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"}
	want := wanted(droid.Model{Model: "a", Provider: droid.OpenAI}, vllm, past, vllm)
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		r := newRun(t, s.WorkspaceStart(), mode)
		_, problems := r.Apply(want, nil)
		require.Equal(t, []string{"Unknown AI Gateway Provider"}, summaries(problems))
		assert.Contains(t, problems[0].Cause, `This concerns model[1] ("m") and model[3] ("m").`)
		assert.Equal(t, mode == Warn, problems[0].Warning)
		assert.Len(t, s.Requests(), 4, "the list of gateway providers says it all")
		_, problems = r.Apply(want, nil)
		assert.Equal(t, mode == Require, len(problems) == 1, "a warning is given once, an error to each resource")
	}
}

// A personal key on a release that takes none warns.
func TestPersonalKeyOnAnOlderRelease(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Build.Version, s.Providers = "v2.30.0+1c2d3e4", nil
	personal := wanted(droid.Model{Model: "m", Provider: droid.OpenAI, APIKey: "${KEY}"})
	_, problems := newRun(t, s.WorkspaceStart(), "").Apply(personal, nil)
	assert.Equal(t, []string{"Personal Keys Not Taken by This Release"}, summaries(problems))
	_, problems = newRun(t, s.WorkspaceStart(), "").Apply(throughGateway, nil)
	assert.Empty(t, problems)
}

func TestMissing(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	gateway, skip := "https://gateway.example.com", Skip
	token := codertest.Environ{"CODER_SESSION_TOKEN": "t"}
	for _, c := range []struct {
		name   string
		config Config
		env    codertest.Environ
		want   []string
	}{
		{"both", Config{}, codertest.Environ{}, []string{"Missing Session Token", "Missing Access URL"}},
		{
			"token, in a real build", Config{}, s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""),
			[]string{"Missing Session Token"},
		},
		{
			"a standalone gateway is checked by the deployment", Config{GatewayURL: gateway}, token,
			[]string{"Missing Access URL"},
		},
		{"unless nothing is checked", Config{GatewayURL: gateway, Verification: skip}, token, []string{}},
		{"not needed at import", Config{}, codertest.Environ{"CODER_WORKSPACE_TRANSITION": "start"}, []string{}},
		{"not known yet", Config{Unknown: true}, codertest.Environ{}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, problems := New(c.config, c.env.Getenv)
			require.Empty(t, problems)
			_, missing := r.Plan(throughGateway, nil)
			assert.Equal(t, c.want, summaries(missing))
			_, missing = r.Plan(pastGateway, nil)
			assert.Empty(t, missing)
		})
	}
	r := newRun(t, s.WorkspaceStart(), Skip)
	catalog := throughGateway
	catalog.Catalog, catalog.Scope = &Catalog{Source: FromCoder}, ScopeGateway
	_, missing := r.Plan(catalog, nil)
	assert.Equal(t, []string{"Calls to the Deployment Needed"}, summaries(missing))
}
