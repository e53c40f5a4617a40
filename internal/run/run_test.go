package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

func newBuild(t *testing.T, env codertest.Environ, verification string) *Run {
	t.Helper()
	b, problems := New(Config{Verification: Value{Text: verification}}, env.Getenv)
	require.Empty(t, problems)
	return b
}

func summaries(problems []droid.Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, p.Summary)
	}
	return out
}

// Configuration, then environment; and an unknown value is not an absent one.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	env := codertest.Environ{
		"CODER_AGENT_URL": "https://agent", "CODER_URL": "https://url",
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN": "owner", "CODER_SESSION_TOKEN": "session",
	}
	for _, c := range []struct {
		name       string
		config     Config
		env        codertest.Environ
		url, token string
	}{
		{"the build's before a person's", Config{}, env, "https://agent", "owner"},
		{"a person's", Config{}, env.With("CODER_AGENT_URL", "", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "https://url", "session"},
		{"configuration", Config{AccessURL: Value{Text: "https://mine"}, SessionToken: Value{Text: "mine"}}, env, "https://mine", "mine"},
		{"unknown", Config{AccessURL: Value{Unknown: true}, SessionToken: Value{Unknown: true}}, env, "", ""},
		{"nothing", Config{}, codertest.Environ{}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, problems := New(c.config, c.env.Getenv)
			assert.Empty(t, problems)
			assert.Equal(t, c.url, b.config.AccessURL)
			assert.Equal(t, c.token, b.config.Token)
			assert.Equal(t, c.config.AccessURL.Unknown, b.Unknown())
			assert.Equal(t, Warn, b.verification)
		})
	}
}

func TestInvalidVariables(t *testing.T) {
	t.Parallel()
	_, problems := New(Config{}, codertest.Environ{"CODER_URL": "coder.example.com", "CODER_SESSION_TOKEN": "a secret\n"}.Getenv)
	require.Equal(t, []string{"Invalid Environment Variable", "Invalid Environment Variable"}, summaries(problems))
	assert.Contains(t, problems[0].Detail(), "CODER_URL is not usable as access_url: it must begin with https:// or http://.\n\n")
	assert.Contains(t, problems[1].Detail(), "CODER_SESSION_TOKEN is not usable as session_token")
	assert.NotContains(t, problems[1].Detail(), "a secret")
}

// A document that no start could deliver is found before there is a token.
func TestLongest(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for transition, longer := range map[string]bool{"start": true, "stop": false} {
		b := newBuild(t, s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", "", "CODER_WORKSPACE_TRANSITION", transition), "")
		planned, problems := b.Plan(throughGateway, nil)
		assert.Empty(t, problems)
		assert.JSONEq(t, droid.NoModels, string(planned.Document))
		assert.Equal(t, longer, len(planned.Longest) > len(planned.Document), transition)
	}
}

func TestNotRenderable(t *testing.T) {
	t.Parallel()
	w := Wanted{Settings: droid.Settings{Models: []droid.Model{{Model: "m", BaseURL: "http://127.0.0.1", ExtraArgs: []byte("{")}}}}
	_, problems := newBuild(t, codertest.Environ{}, "").Apply(w, nil)
	assert.Equal(t, []string{"Settings Not Renderable"}, summaries(problems))
}
