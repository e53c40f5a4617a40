package run

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

const (
	droid1 = "11111111-7a0c-4f0e-a1f0-6a5d6b9e2b11"
	droid2 = "22222222-7a0c-4f0e-a1f0-6a5d6b9e2b11"
)

// scoped is a build that gives models a token of their own.
func scoped(t *testing.T, env codertest.Environ, verification string) *Run {
	t.Helper()
	b, problems := New(Config{TokenScope: Value{Text: scopeGateway}, Verification: Value{Text: verification}}, env.Getenv)
	require.Empty(t, problems)
	return b
}

func byHand(s *codertest.Server) codertest.Environ {
	return codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
}

// of is what a resource wants.
func of(w Wanted, resource string) Wanted {
	w.Resource = resource
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

func noTokens(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	codertest.Answer(w, http.StatusForbidden, codersdk.Response{Message: "Forbidden."})
	return true
}

func TestCheckToken(t *testing.T) {
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
		err := CheckTokenLifetime(value)
		if want == "" {
			require.NoError(t, err, value)
			continue
		}
		require.EqualError(t, err, want, value)
	}
	require.NoError(t, CheckTokenScope("all"))
	require.NoError(t, CheckTokenScope("gateway"))
	require.EqualError(t, CheckTokenScope("user:read"), `must be "all" or "gateway"`)

	gateway, skip := Value{Text: scopeGateway}, Value{Text: Skip}
	assert.Equal(t, []string{"Gateway Token Needs the Deployment"}, summaries(Config{TokenScope: gateway, Verification: skip}.CheckToken()))
	assert.Empty(t, Config{TokenScope: gateway, Verification: Value{Unknown: true}}.CheckToken())
	assert.Empty(t, Config{TokenScope: gateway}.CheckToken())
	assert.Empty(t, Config{Verification: skip}.CheckToken())
}

// The resources of a workspace share a token, and ten starts leave one.
func TestTokenOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, digit := range "0123456789" {
		b := scoped(t, s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", strings.Repeat(string(digit), 8)+"-7a0c-4f0e-a1f0-6a5d6b9e2b11"), "")
		first, problems := b.Apply(of(throughGateway, droid1), nil)
		require.Empty(t, problems)
		second, problems := b.Apply(of(throughGateway, droid2), nil)
		require.Empty(t, problems)
		assert.Equal(t, keyIn(t, first), keyIn(t, second))
		require.Len(t, s.Tokens(), 1)
		assert.Equal(t, s.Tokens()[0].Secret, keyIn(t, first))
		assert.EqualValues(t, 168*3600, s.Tokens()[0].LifetimeSeconds)
		assert.True(t, strings.HasPrefix(s.Tokens()[0].TokenName, "droid-dev-3f2a9c1b7d40-"), s.Tokens()[0].TokenName)
		w := of(throughGateway, droid1)
		w.Written = string(first.Document)
		planned, problems := b.Plan(w, first.Memory)
		assert.Empty(t, problems)
		assert.False(t, planned.Certain, "each start makes a new one")
		assert.Empty(t, b.End(first.Memory, droid1))
		assert.Len(t, s.Tokens(), 1, "other resources share it")
	}
}

// Only a run that gives models of the gateway to a person makes a token.
func TestNoToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := s.WorkspaceStart()
	for name, env := range map[string]codertest.Environ{
		"import":   env.With("CODER_WORKSPACE_BUILD_ID", ""),
		"prebuild": env.With("CODER_WORKSPACE_IS_PREBUILD", "true"),
		"stop":     env.With("CODER_WORKSPACE_TRANSITION", "stop"),
		"delete":   env.With("CODER_WORKSPACE_TRANSITION", "destroy"),
	} {
		b := scoped(t, env, "")
		r, problems := b.Apply(throughGateway, nil)
		assert.JSONEq(t, droid.NoModels, string(r.Document), name)
		assert.Empty(t, problems, name)
		planned, problems := b.Plan(throughGateway, nil)
		assert.Empty(t, problems, name)
		assert.True(t, planned.Certain, name)
	}
	_, problems := scoped(t, env, "").Apply(pastGateway, nil)
	assert.Empty(t, problems)
	planned, problems := scoped(t, env, "").Plan(pastGateway, nil)
	assert.Empty(t, problems)
	assert.True(t, planned.Certain)
	assert.Empty(t, s.Requests())
	r, problems := newBuild(t, env, "").Apply(throughGateway, nil)
	assert.Empty(t, problems)
	assert.Equal(t, s.Token, keyIn(t, r))
	assert.NotContains(t, unpacked(t, r.Memory), "session")
	assert.Empty(t, s.Tokens())
}

// A build that gets no token goes on with the session token and says so once; or it fails, for each resource.
func TestTokenNotMade(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Warn, Require} {
		s := codertest.New(t)
		s.Fail = noTokens
		b := scoped(t, s.WorkspaceStart(), mode)
		r, problems := b.Apply(of(throughGateway, droid1), nil)
		require.Equal(t, []string{"Gateway Token Not Made"}, summaries(problems))
		assert.Equal(t, mode == Warn, problems[0].Warning)
		assert.Equal(t, mode == Warn, strings.Contains(problems[0].Cause, "Droid gets the session token instead"))
		if mode == Warn {
			assert.Equal(t, s.Token, keyIn(t, r))
		} else {
			assert.Empty(t, r.Document)
		}
		_, problems = b.Apply(of(throughGateway, droid2), nil)
		assert.Equal(t, mode == Require, len(problems) == 1)
		assert.Len(t, s.Requests(), 4+3, "asked once: the limit, the tokens, a new one")
	}
}

// All calls of a process together stay within the budget.
func TestTokenBudget(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	b := scoped(t, s.WorkspaceStart(), "")
	b.resolve()
	b.budget.spent = time.Hour
	_, problems := b.Apply(throughGateway, nil)
	require.Equal(t, []string{"Gateway Token Not Made"}, summaries(problems))
	assert.Len(t, s.Requests(), 4)

	b = scoped(t, s.WorkspaceStart(), "")
	b.resolve()
	before := b.budget.spent
	assert.Positive(t, before)
	_, problems = b.Apply(throughGateway, nil)
	assert.Empty(t, problems)
	assert.Greater(t, b.budget.spent, before)
}

// Outside a workspace build a token belongs to its resource, and stays until half of its lifetime is over or something changes.
func TestTokenOfAResource(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	b := scoped(t, byHand(s), "")
	mine, problems := b.Apply(of(throughGateway, droid1), nil)
	require.Empty(t, problems)
	other, problems := b.Apply(of(throughGateway, droid2), nil)
	require.Empty(t, problems)
	token := keyIn(t, mine)
	assert.NotEqual(t, token, keyIn(t, other))
	assert.Len(t, s.Tokens(), 2)
	for _, secret := range []string{token, strings.SplitN(token, "-", 2)[1], s.Token} {
		assert.NotContains(t, unpacked(t, mine.Memory), secret)
	}
	governed := of(wanted(droid.Model{Model: "m", Provider: droid.OpenAI, APIKey: "sk"}), droid1)
	inHeader, _ := governed.Render(droid.Gateway{URL: s.URL + droid.GatewayPath, Token: token})

	asked := len(s.Requests())
	for _, c := range []struct {
		name    string
		config  Config
		env     codertest.Environ
		memory  []byte
		text    []byte
		after   time.Duration
		certain bool
	}{
		{"the same", Config{}, byHand(s), mine.Memory, mine.Document, 0, true},
		{"beside a personal key", Config{}, byHand(s), mine.Memory, inHeader.Text, 0, true},
		{"shortly before half of the lifetime", Config{}, byHand(s), mine.Memory, mine.Document, 83 * time.Hour, true},
		{"after half of the lifetime", Config{}, byHand(s), mine.Memory, mine.Document, 84 * time.Hour, false},
		{"another lifetime", Config{TokenLifetime: Value{Text: "1h"}}, byHand(s), mine.Memory, mine.Document, 0, false},
		{"another session token", Config{}, byHand(s).With("CODER_SESSION_TOKEN", "another"), mine.Memory, mine.Document, 0, false},
		{"nothing remembered", Config{}, byHand(s), nil, mine.Document, 0, false},
		{"another document", Config{}, byHand(s), mine.Memory, []byte(droid.NoModels), 0, false},
		{"a start", Config{}, s.WorkspaceStart(), mine.Memory, mine.Document, 0, false},
	} {
		c.config.TokenScope.Text = scopeGateway
		b, problems := New(c.config, c.env.Getenv)
		require.Empty(t, problems)
		b.tokens.now = func() time.Time { return time.Now().Add(c.after) }
		w := of(throughGateway, droid1)
		w.Written = string(c.text)
		planned, problems := b.Plan(w, c.memory)
		require.Empty(t, problems)
		assert.Equal(t, c.certain, planned.Certain, c.name)
		assert.Equal(t, c.certain, bytes.Equal(mine.Document, planned.Document), c.name)
		assert.InDelta(t, len(mine.Document), len(planned.Longest), 2, "%s: a token of the usual length, and perhaps the older path", c.name)
	}
	assert.Len(t, s.Requests(), asked, "a plan asks nobody")

	renewed, problems := scoped(t, byHand(s), "").Apply(of(throughGateway, droid1), mine.Memory)
	require.Empty(t, problems)
	assert.Len(t, s.Tokens(), 2, "the one before is gone")
	assert.NotEqual(t, token, keyIn(t, renewed))
	_, problems = newBuild(t, byHand(s), "").Apply(of(throughGateway, droid1), renewed.Memory)
	require.Empty(t, problems)
	require.Len(t, s.Tokens(), 1, "nothing needs it any more")
	assert.Equal(t, keyIn(t, other), s.Tokens()[0].Secret)

	s.Fail = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	problems = scoped(t, byHand(s), Require).End(other.Memory, droid2)
	require.Equal(t, []string{"Former Gateway Token Not Deleted"}, summaries(problems))
	assert.True(t, problems[0].Warning, "a destroy goes on")
	s.Fail = nil
	assert.Empty(t, scoped(t, byHand(s), "").End(other.Memory, droid2))
	assert.Empty(t, s.Tokens())
}

// Models that are kept, because the catalogue can't be read, keep their token.
func TestTokenOfKeptModels(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	mine, problems := scoped(t, byHand(s), "").Apply(of(throughGateway, droid1), nil)
	require.Empty(t, problems)
	s.Catalog = nil
	w := of(Wanted{Catalog: &Catalog{Source: FromCoder}, Fits: func([]byte) bool { return true }}, droid1)
	r, problems := scoped(t, byHand(s), "").Apply(w, mine.Memory)
	require.Len(t, problems, 1)
	require.True(t, r.Keep)
	require.Len(t, s.Tokens(), 1)
	assert.Equal(t, s.Tokens()[0].Secret, keyIn(t, mine))
	assert.Contains(t, unpacked(t, r.Memory), s.Tokens()[0].ID)
}
