package run

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

func newRun(t *testing.T, env codertest.Environ, verification string) *Run {
	t.Helper()
	b, problems := New(Config{Verification: verification}, env.Getenv)
	require.Empty(t, problems)
	return b
}

var (
	throughGateway = wanted(droid.Model{Model: "m", Provider: droid.OpenAI})
	pastGateway    = wanted(droid.Model{Model: "m", Provider: droid.OpenAI, BaseURL: "http://127.0.0.1/v1"})
)

func wanted(models ...droid.Model) Wanted {
	return Wanted{
		Settings: droid.Settings{Namespace: "coder", Models: models}, Scope: ScopeSession,
		Delivery: delivery.Delivery{Kind: delivery.Merge, Namespace: "coder"},
	}
}

const noModels = `{"customModels": []}`

func byHand(s *codertest.Server) codertest.Environ {
	return codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
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
		{"the build's before a user's", Config{}, env, "https://agent", "owner"},
		{
			"a user's", Config{}, env.With("CODER_AGENT_URL", "", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), "https://url",
			"session",
		},
		{
			"configuration", Config{AccessURL: "https://mine", SessionToken: "mine"}, env,
			"https://mine", "mine",
		},
		{"unknown", Config{Unknown: true}, env, "", ""},
		{"nothing", Config{}, codertest.Environ{}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, problems := New(c.config, c.env.Getenv)
			assert.Empty(t, problems)
			assert.Equal(t, c.url, b.config.AccessURL)
			assert.Equal(t, c.token, b.config.Token)
			assert.Equal(t, Warn, b.verification)
		})
	}
}

func TestInvalidVariables(t *testing.T) {
	t.Parallel()
	_, problems := New(Config{},
		codertest.Environ{"CODER_URL": "coder.example.com", "CODER_SESSION_TOKEN": "a secret\n"}.Getenv)
	require.Equal(t, []string{"Invalid Environment Variable", "Invalid Environment Variable"}, summaries(problems))
	assert.Contains(t, problems[0].Detail(),
		"CODER_URL is not usable as access_url: it must begin with https:// or http://.\n\n")
	assert.Contains(t, problems[1].Detail(), "CODER_SESSION_TOKEN is not usable as session_token")
	assert.NotContains(t, problems[1].Detail(), "a secret")
}

// A document that no start could deliver is refused at plan, before there is a token. The message has size and limit.
func TestSettingsTooLarge(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	large := wanted(
		droid.Model{Model: "m", Provider: droid.OpenAI, ExtraArgs: []byte(`{"x":"` + strings.Repeat("x", 98_000) + `"}`)},
	)
	start := s.WorkspaceStart()
	for name, env := range map[string]codertest.Environ{
		"import": start.With("CODER_WORKSPACE_BUILD_ID", ""), "start": start,
	} {
		_, problems := newRun(t, env, "").Plan(large, nil)
		require.Equal(t, []string{"Settings Too Large"}, summaries(problems), name)
		assert.Regexp(t, `of 1 models need 13\d{4} bytes as one environment variable, and Linux takes at most 131072\.`,
			problems[0].Cause)
	}
	_, problems := newRun(t, start.With("CODER_WORKSPACE_TRANSITION", "stop"), "").Plan(large, nil)
	assert.Empty(t, problems, "a stop delivers nothing")
	_, problems = newRun(t, start, "").Apply(large, nil)
	assert.Equal(t, []string{"Settings Too Large"}, summaries(problems))
}

// Outside of Coder nothing is planned as long as configuration, token and address stay. In a workspace build each start
// is new.
func TestPlanUnchanged(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	hand := byHand(s)
	applied, problems := newRun(t, hand, "").Apply(throughGateway, nil)
	require.Empty(t, problems)
	asked := len(s.Requests())
	other := throughGateway
	other.Delivery.Kind = delivery.Managed
	for _, c := range []struct {
		name   string
		env    codertest.Environ
		config Config
		want   Wanted
		memory []byte
		same   bool
	}{
		{"the same", hand, Config{}, throughGateway, applied.Memory, true},
		{"never applied", hand, Config{}, throughGateway, nil, false},
		{"other models", hand, Config{}, pastGateway, applied.Memory, false},
		{"another delivery", hand, Config{}, other, applied.Memory, false},
		{"another token", hand.With("CODER_SESSION_TOKEN", "another"), Config{}, throughGateway, applied.Memory, false},
		{
			"another address", hand, Config{AccessURL: "https://coder.example.com"}, throughGateway, applied.Memory,
			false,
		},
		{
			"another gateway", hand, Config{GatewayURL: "https://g.example.com"}, throughGateway, applied.Memory,
			false,
		},
		{
			"an address that is not known yet", hand, Config{Unknown: true}, throughGateway, applied.Memory,
			false,
		},
		{"a start", s.WorkspaceStart(), Config{}, throughGateway, applied.Memory, false},
	} {
		r, problems := New(c.config, c.env.Getenv)
		require.Empty(t, problems)
		unchanged, problems := r.Plan(c.want, c.memory)
		assert.Empty(t, problems, c.name)
		assert.Equal(t, c.same, unchanged, c.name)
	}
	assert.Len(t, s.Requests(), asked, "a plan calls nobody")
	assert.NotContains(t, string(applied.Memory), s.Token)
}

// Most of these tests wait for a deadline, so more of them than there are cores run at once.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
