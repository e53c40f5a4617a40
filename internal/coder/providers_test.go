package coder

import (
	"context"
	"net/http"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// What the list of providers tells of a model's way.
func TestCheck(t *testing.T) {
	t.Parallel()
	disabled, closed := codertest.Provider("off", "openai"), codertest.Provider("closed", "anthropic")
	disabled.Provider.Enabled, closed.BYOKEnabled = false, false
	s := codertest.New(t)
	s.Providers = append(s.Providers, codertest.Provider("bedrock", "bedrock"),
		codertest.Provider("vllm", "openai-compat"), codertest.Provider("copilot", "copilot"), disabled, closed)
	d := configOf(s).Ask(context.Background())
	require.Empty(t, d.Problems)
	for _, c := range []struct {
		name    string
		use     Use
		summary string
		says    string
	}{
		{"usual", Use{"anthropic", droid.Anthropic, false}, "", ""},
		{"personal", Use{"openai", droid.OpenAI, true}, "", ""},
		{"bedrock", Use{"bedrock", droid.Anthropic, false}, "", ""},
		{"either of two", Use{"vllm", droid.OpenAI, false}, "", ""},
		{"the other of two", Use{"openai", droid.Generic, false}, "", ""},
		{"a type of which nothing is known", Use{"copilot", droid.Anthropic, false}, "", ""},
		{
			"no such provider", Use{"azure", droid.OpenAI, false}, "Unknown AI Gateway Provider",
			`There are: "anthropic", "openai", "bedrock", "vllm", "copilot" and "closed".`,
		},
		{
			"disabled", Use{"off", droid.OpenAI, false}, "Unknown AI Gateway Provider",
			`no gateway provider "off", or it is disabled`,
		},
		{
			"another format", Use{"bedrock", droid.OpenAI, false}, "API Format Not Spoken by AI Gateway Provider",
			`Set provider = "anthropic"`,
		},
		{
			"the other way", Use{"vllm", droid.Anthropic, false}, "API Format Not Spoken by AI Gateway Provider",
			`Set provider = "generic-chat-completion-api"`,
		},
		{
			"no personal keys", Use{"closed", droid.Anthropic, true}, "Personal Keys Not Allowed",
			`for the gateway provider "closed"`,
		},
		{"no personal key", Use{"closed", droid.Anthropic, false}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := d.Check(c.use)
			if c.summary == "" {
				assert.Nil(t, p)
				return
			}
			require.NotNil(t, p)
			assert.Equal(t, c.summary, p.Summary)
			assert.Contains(t, p.Detail(), c.says)
		})
	}
	standalone := configOf(s)
	standalone.GatewayURL = "https://gateway.example.com"
	assert.Nil(t, standalone.Ask(context.Background()).Check(Use{"closed", droid.Anthropic, true}),
		"a standalone gateway decides for itself")
	assert.Nil(t, Deployment{}.Check(Use{"azure", droid.OpenAI, true}), "without a list nothing is known")
	old := Deployment{Version: "v2.30.0+1c2d3e4"}
	require.NotNil(t, old.Check(Use{"openai", droid.OpenAI, true}))
	assert.Equal(t, "Personal Keys Not Taken by This Release", old.Check(Use{"openai", droid.OpenAI, true}).Summary)
	assert.Nil(t, old.Check(Use{"openai", droid.OpenAI, false}))
	assert.Contains(t, Deployment{Providers: []Provider{}}.Check(Use{"azure", droid.OpenAI, false}).Cause, "There is none")
}

// The list is asked for at the path of Coder 2.36, and only if it is not there at that of later releases.
func TestListMoved(t *testing.T) {
	t.Parallel()
	const older, newer = "/api/experimental/users/me/ai-provider-keys", "/api/v2/users/me/ai-provider-keys"
	for _, c := range []struct {
		version, has string
		tried        []string
	}{
		{"v2.36.0", older, []string{older}},
		{"v2.37.0", older, []string{older}},
		{"v2.37.0", newer, []string{older, newer}},
		{"v2.30.0", "", []string{older, newer}},
	} {
		s := codertest.New(t)
		s.Build.Version = c.version
		var tried []string
		s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != older && r.URL.Path != newer {
				return false
			}
			tried = append(tried, r.URL.Path)
			if r.URL.Path != c.has {
				codertest.Answer(w, http.StatusNotFound, codersdk.Response{Message: "Route not found."})
				return true
			}
			codertest.Answer(w, http.StatusOK, s.Providers)
			return true
		}
		d := configOf(s).Ask(context.Background())
		assert.Empty(t, d.Problems)
		assert.Equal(t, c.tried, tried)
		assert.Equal(t, c.has != "", d.Providers != nil)
	}
}

// A list that is no list is not an empty one.
func TestListNotUnderstood(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"null": "null", "object": `{"message":"sign in"}`, "HTML": "<html>Sign in</html>", "cut off": `[{"provider":{`,
		"no name": `[{"provider":{"type":"openai"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/api/experimental/users/me/ai-provider-keys" {
					return false
				}
				_, _ = w.Write([]byte(body))
				return true
			}
			d := configOf(s).Ask(context.Background())
			assert.Equal(t, []string{"Coder Deployment Did Not Answer"}, summaries(d))
			assert.Contains(t, d.Problems[0].Cause, "which gateway providers it has")
			assert.Nil(t, d.Providers)
			assert.Empty(t, d.Obstacle())
		})
	}
}
