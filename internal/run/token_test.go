package run

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// scoped is what a resource wants whose models get a token of their own.
func scoped() Wanted {
	w := throughGateway
	w.Scope, w.Lifetime = ScopeGateway, DefaultLifetime
	return w
}

// keyIn is the key of the only model of a document, or of its governance header.
func keyIn(t *testing.T, r Result) string {
	t.Helper()
	var doc struct {
		CustomModels []struct {
			APIKey       string
			ExtraHeaders map[string]string
		}
	}
	require.NoError(t, json.Unmarshal(r.Document, &doc))
	require.Len(t, doc.CustomModels, 1)
	return cmp.Or(doc.CustomModels[0].ExtraHeaders[droid.GovernanceHeader], doc.CustomModels[0].APIKey)
}

func TestCheckScopeAndLifetime(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"168h": "", "1h30m": "", "60s": "", "876600h": "",
		"0": "must be at least 1m", "0s": "must be at least 1m", "-1h": "must be at least 1m", "59s": "must be at least 1m",
		"876601h":     "must be at most 876600h, which is 100 years",
		"9999999999h": `must be a duration in hours, minutes or seconds, such as "168h" or "1h30m"`,
		"7 days":      `must be a duration in hours, minutes or seconds, such as "168h" or "1h30m"`,
		"7d":          `must be a duration in hours, minutes or seconds, such as "168h" or "1h30m"`,
		"":            `must be a duration in hours, minutes or seconds, such as "168h" or "1h30m"`,
	} {
		err := CheckLifetime(value)
		if want == "" {
			require.NoError(t, err, value)
			continue
		}
		require.EqualError(t, err, want, value)
	}
	require.NoError(t, CheckScope("session"))
	require.NoError(t, CheckScope("gateway"))
	require.EqualError(t, CheckScope("all"), `must be "session" or "gateway"`)
}

// The resources of a workspace share a token, and ten starts leave one.
func TestTokenOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	var memory []byte
	for _, digit := range "0123456789" {
		start := s.WorkspaceStart().
			With("CODER_WORKSPACE_BUILD_ID", strings.Repeat(string(digit), 8)+"-7a0c-4f0e-a1f0-6a5d6b9e2b11")
		r := newRun(t, start, "")
		first, problems := r.Apply(scoped(), memory)
		require.Empty(t, problems)
		second, problems := r.Apply(scoped(), nil)
		require.Empty(t, problems)
		assert.Equal(t, keyIn(t, first), keyIn(t, second))
		require.Len(t, s.Tokens(), 1)
		assert.Equal(t, s.Tokens()[0].Secret, keyIn(t, first))
		assert.EqualValues(t, 168*3600, s.Tokens()[0].LifetimeSeconds)
		assert.True(t, strings.HasPrefix(s.Tokens()[0].TokenName, "droid-dev-3f2a9c1b7d40-"), s.Tokens()[0].TokenName)
		assert.NotContains(t, string(first.Memory), s.Tokens()[0].Secret)
		memory = first.Memory
	}
}

// Only a run that gives models of the gateway to a user makes a token.
func TestNoToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := s.WorkspaceStart()
	for name, env := range map[string]codertest.Environ{
		"prebuild": env.With("CODER_WORKSPACE_IS_PREBUILD", "true"),
		"stop":     env.With("CODER_WORKSPACE_TRANSITION", "stop"),
		"delete":   env.With("CODER_WORKSPACE_TRANSITION", "destroy"),
	} {
		result, problems := newRun(t, env, "").Apply(scoped(), nil)
		assert.JSONEq(t, noModels, string(result.Document), name)
		assert.Empty(t, problems, name)
	}
	_, problems := newRun(t, env.With("CODER_WORKSPACE_BUILD_ID", ""), "").Apply(scoped(), nil)
	assert.Equal(t, []string{"Workspace Build Not Recognized"}, summaries(problems), "an import never applies")
	past := pastGateway
	past.Scope = ScopeGateway
	_, problems = newRun(t, env, "").Apply(past, nil)
	assert.Empty(t, problems)
	assert.Empty(t, s.Requests())
	result, problems := newRun(t, env, "").Apply(throughGateway, nil)
	assert.Empty(t, problems)
	assert.Equal(t, s.Token, keyIn(t, result))
	assert.Empty(t, s.Tokens())
}

// Outside a workspace build no token is made, and the session token does not take its place.
func TestTokenOutside(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	result, problems := newRun(t, byHand(s), "").Apply(scoped(), nil)
	require.Equal(t, []string{"No Gateway Token Outside a Workspace Build"}, summaries(problems))
	assert.True(t, problems[0].Warning)
	assert.Empty(t, keyIn(t, result))
	assert.Empty(t, s.Tokens())
	assert.NotContains(t, string(result.Document), s.Token)
}

// A build that gets no token fails, or delivers models without a key: never the session token.
func TestTokenNotMade(t *testing.T) {
	t.Parallel()
	noTokens := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		codertest.Answer(w, http.StatusForbidden, codersdk.Response{Message: "Forbidden."})
		return true
	}
	for _, c := range []struct {
		name string
		fail func(http.ResponseWriter, *http.Request) bool
		want string // the only problem
		made bool
	}{
		{"tokens are forbidden", noTokens, "Gateway Token Not Made", false},
		{"the version hangs", codertest.Hang("/api/v2/buildinfo"), "Coder Deployment Did Not Answer", true},
		{"the user hangs", codertest.Hang("/api/v2/users/me"), "Coder Deployment Did Not Answer", false},
		{"the entitlements hang", codertest.Hang("/api/v2/entitlements"), "Coder Deployment Did Not Answer", true},
		{"the providers hang", codertest.Hang("/api/experimental"), "Coder Deployment Did Not Answer", true},
		{"the tokens hang", codertest.Hang("/api/v2/users/me/keys"), "Gateway Token Not Made", false},
		{"all hangs", codertest.Hang("/"), "Coder Deployment Unreachable", false},
	} {
		modes := []string{Warn}
		if strings.Contains(c.name, "tokens") {
			modes = append(modes, Require)
		}
		for _, mode := range modes {
			t.Run(c.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				s := codertest.New(t)
				s.Fail = c.fail
				result, problems := newRun(t, s.WorkspaceStart(), mode).Apply(scoped(), nil)
				require.Equal(t, c.want, summaries(problems)[0])
				for _, value := range result.Env {
					text, _ := base64.StdEncoding.DecodeString(value[strings.LastIndex(value, ":")+1:])
					assert.NotContains(t, string(text)+value, s.Token)
				}
				assert.NotContains(t, string(result.Document), s.Token)
				if mode == Require {
					assert.True(t, failed(problems))
					assert.Empty(t, result.Document)
					return
				}
				assert.Equal(t, c.made, len(s.Tokens()) == 1)
				state := strings.Split(result.Env[delivery.Variable("coder")], ":")[1]
				assert.Equal(t, c.made, state == string(delivery.Complete))
				assert.Equal(t, c.made, keyIn(t, result) != "")
			})
		}
	}
}
