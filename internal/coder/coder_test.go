package coder

import (
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func configOf(s *codertest.Server) Config {
	return Config{AccessURL: s.URL, Token: s.Token, OwnerID: codertest.Owner}
}

func summaries(d Deployment) []string {
	var out []string
	for _, p := range d.Problems {
		out = append(out, p.Summary)
	}
	return out
}

func TestAskHealthy(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := configOf(s)
	c.Headers = map[string]string{"CF-Access-Client-Id": "proxy"}
	d := c.Ask(context.Background())
	assert.WithinDuration(t, time.Now(), d.askedAt, askTime)
	assert.Equal(t, Deployment{
		askedAt:       d.askedAt,
		AccessURL:     s.URL,
		GatewayURL:    s.URL + "/api/v2/ai-gateway",
		Version:       "v2.36.0+1c2d3e4",
		organizations: s.Organizations,
		Providers: []Provider{
			{ID: s.Providers[0].Provider.ID, Name: "anthropic", Type: "anthropic", Enabled: true, PersonalKeys: true},
			{ID: s.Providers[1].Provider.ID, Name: "openai", Type: "openai", Enabled: true, PersonalKeys: true},
		},
	}, d)
	require.Len(t, s.Requests(), 4, "one call each")
	for _, r := range s.Requests() {
		assert.Equal(t, s.Token, r.Header.Get(codersdk.SessionTokenHeader))
		assert.Equal(t, "proxy", r.Header.Get("CF-Access-Client-Id"))
	}
}

func TestAskAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, version, dashboard, gatewayURL string
		fixed                                bool
		wantAccess, wantGateway              string
	}{
		{
			"the deployment's word", "v2.36.0", "https://coder.example.com/", "", false, "https://coder.example.com",
			"https://coder.example.com/api/v2/ai-gateway",
		},
		{"a chosen address stays", "v2.36.0", "https://coder.example.com", "", true, "SERVER", "SERVER/api/v2/ai-gateway"},
		{"no word", "v2.37.1", "", "", false, "SERVER", "SERVER/api/v2/ai-gateway"},
		{"older", "v2.35.9", "", "", false, "SERVER", "SERVER/api/v2/aibridge"},
		{"development build", "v2.37.0-devel+0a1b2c3", "", "", false, "SERVER", "SERVER/api/v2/ai-gateway"},
		{"unknown version", "main", "", "", false, "SERVER", "SERVER/api/v2/aibridge"},
		{"standalone gateway", "v2.36.0", "", "https://gateway.example.com/", false, "SERVER", "https://gateway.example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Build.Version, s.Build.DashboardURL = c.version, c.dashboard
			config := configOf(s)
			config.Fixed, config.GatewayURL = c.fixed, c.gatewayURL
			d := config.Ask(context.Background())
			assert.Empty(t, d.Problems)
			assert.Equal(t, strings.ReplaceAll(c.wantAccess, "SERVER", s.URL), d.AccessURL)
			assert.Equal(t, strings.ReplaceAll(c.wantGateway, "SERVER", s.URL), d.GatewayURL)
		})
	}
}

func TestAskProblems(t *testing.T) {
	t.Parallel()
	feature := func(s *codertest.Server, name codersdk.FeatureName, f codersdk.Feature) {
		s.Entitlements.Features[name] = f
	}
	status := func(path string, code int) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, path) {
				return false
			}
			codertest.Answer(w, code, codersdk.Response{Message: "token was " + r.Header.Get(codersdk.SessionTokenHeader)})
			return true
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*codertest.Server, *Config)
		want  []string
		fatal bool
	}{
		{
			"revoked token", func(_ *codertest.Server, c *Config) { c.Token = "revoked" }, []string{"Session Token Refused"},
			false,
		},
		{
			"another's token", func(s *codertest.Server, _ *Config) { s.UserID = "11111111-2222-3333-4444-555555555555" },
			[]string{"Session Token of Another User"}, true,
		},
		{"owner not known", func(_ *codertest.Server, c *Config) { c.OwnerID = "" }, nil, false},
		{
			"no gateway in this version", func(s *codertest.Server, _ *Config) { s.Entitlements.Features = nil },
			[]string{"No AI Gateway in This Deployment"}, false,
		},
		{"not licensed", func(s *codertest.Server, _ *Config) {
			feature(s, codersdk.FeatureAIBridge, codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled})
		}, []string{"AI Gateway Not Licensed"}, false},
		{"switched off", func(s *codertest.Server, _ *Config) {
			feature(s, codersdk.FeatureAIBridge, codersdk.Feature{Entitlement: codersdk.EntitlementEntitled})
		}, []string{"AI Gateway Switched Off"}, false},
		{"no add-on", func(s *codertest.Server, _ *Config) {
			feature(s, codersdk.FeatureAIGovernanceUserLimit, codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled})
		}, []string{"AI Governance Add-On Missing"}, false},
		{"add-on of a Premium license", func(s *codertest.Server, _ *Config) {
			s.Build.Version = "v2.37.0+1c2d3e4"
			feature(s, codersdk.FeatureAIGovernanceUserLimit, codersdk.Feature{})
		}, nil, false},
		{"before the add-on", func(s *codertest.Server, _ *Config) {
			s.Build.Version = "v2.29.1+1c2d3e4"
			feature(s, codersdk.FeatureAIGovernanceUserLimit, codersdk.Feature{})
		}, nil, false},
		{
			"providers fail", func(s *codertest.Server, _ *Config) { s.Fail = status("/api/experimental/users", 403) },
			[]string{"Coder Deployment Did Not Answer"}, false,
		},
		{"older release", func(s *codertest.Server, _ *Config) { s.Providers = nil }, nil, false},
		{"grace period", func(s *codertest.Server, _ *Config) {
			feature(s, codersdk.FeatureAIBridge, codersdk.Feature{Entitlement: codersdk.EntitlementGracePeriod, Enabled: true})
		}, nil, false},
		{"an empty list of providers is no answer", func(s *codertest.Server, _ *Config) {
			s.Providers = []codersdk.UserAIProviderKeyConfig{}
		}, []string{"Coder Deployment Did Not Answer"}, false},
		{"one message for one cause", func(s *codertest.Server, c *Config) {
			c.Token = "revoked"
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				return strings.Contains(r.URL.Path, "entitlements") && status("/", 401)(w, r)
			}
		}, []string{"Session Token Refused"}, false},
		{
			"all fail", func(s *codertest.Server, _ *Config) { s.Fail = status("/", 500) },
			[]string{"Coder Deployment Unreachable"}, false,
		},
		{"not a Coder", func(s *codertest.Server, _ *Config) {
			s.Fail = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<html>It works!</html>"))
				return true
			}
		}, []string{"No Coder API at the Access URL"}, false},
		{"nobody there", func(s *codertest.Server, _ *Config) { s.Close() }, []string{"Coder Deployment Unreachable"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			config := configOf(s)
			c.spoil(s, &config)
			d := config.Ask(context.Background())
			assert.Equal(t, c.want, summaries(d))
			for _, p := range d.Problems {
				assert.Equal(t, c.fatal, p.Fatal)
				assert.NotContains(t, p.Detail(), config.Token, "a diagnostic holds no secret")
				assert.Contains(t, p.Detail(), "\n\n", "cause, then remedy")
			}
			assert.NotEmpty(t, d.GatewayURL, "there is always something to write")
		})
	}
}

func TestAskKeepsTheTokenFromOtherHosts(t *testing.T) {
	t.Parallel()
	var stolen atomic.Bool
	elsewhere := codertest.New(t)
	elsewhere.Fail = func(_ http.ResponseWriter, r *http.Request) bool {
		stolen.Store(r.Header.Get(codersdk.SessionTokenHeader) != "")
		return false
	}
	s := codertest.New(t)
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+r.URL.Path,
			http.StatusTemporaryRedirect)
		return true
	}
	d := configOf(s).Ask(context.Background())
	assert.Equal(t, []string{"No Coder API at the Access URL"}, summaries(d))
	assert.False(t, stolen.Load())
}

func TestAskIsBounded(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 4*checkTime)
	t.Cleanup(cancel)
	start := time.Now()
	d := Config{AccessURL: "http://" + l.Addr().String(), Token: "owner-session-token"}.Ask(ctx)
	require.NoError(t, ctx.Err())
	assert.Less(t, time.Since(start), 2*checkTime)
	require.Equal(t, []string{"Coder Deployment Unreachable"}, summaries(d))
	assert.Contains(t, d.Problems[0].Detail(), "gave no answer within 2.9s")
	assert.Equal(t, "http://"+l.Addr().String()+"/api/v2/aibridge", d.GatewayURL)
}

// A call that hangs costs its own answer, and not those of the others.
func TestAskHangs(t *testing.T) {
	t.Parallel()
	for path, lacks := range map[string]string{
		"/api/v2/buildinfo":                           "its version",
		"/api/v2/users/me":                            "whose session token this is",
		"/api/v2/entitlements":                        "its entitlements",
		"/api/experimental/users/me/ai-provider-keys": "which gateway providers it has",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := codertest.New(t)
			s.Fail = codertest.Hang(path)
			d := configOf(s).Ask(context.Background())
			require.Equal(t, []string{"Coder Deployment Did Not Answer"}, summaries(d))
			assert.Contains(t, d.Problems[0].Cause, "did not say "+lacks+", so")
			assert.Empty(t, d.Obstacle())
			assert.Equal(t, path == "/api/v2/buildinfo", d.Version == "")
			assert.Equal(t, path == "/api/v2/users/me", d.organizations == nil)
			assert.Equal(t, strings.HasPrefix(path, "/api/experimental"), d.Providers == nil)
		})
	}
}

// Most of these tests wait for a deadline, so more of them than there are cores run at once.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
