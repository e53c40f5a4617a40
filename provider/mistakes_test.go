package provider

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// TestMistakes compares testdata/mistakes.txt with what the provider says. Each mistake has a heading; lines that begin
// with a word of commands, which make it; and the messages as a reader sees them, with the attribute that Terraform
// points at. A misspelt word is Terraform's to find, see TestTypos. What is found at a start is in the scenarios of
// internal/delivery. With UPDATE=1 the messages are written anew.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const file = "testdata/mistakes.txt"
	head, text, _ := strings.Cut(read(t, file), "\n## ")
	mistakes := strings.Split(text, "\n## ")
	var wg sync.WaitGroup
	for i := range mistakes {
		wg.Go(func() { mistakes[i] = made(t, mistakes[i]) })
	}
	wg.Wait()
	got := head + "\n## " + strings.Join(mistakes, "\n## ")
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	assert.Equal(t, read(t, file), got)
}

// made makes a mistake, and returns its text with what was said.
func made(t *testing.T, mistake string) string {
	s := codertest.New(t)
	env, block, step := s.WorkspaceStart(), "{}", "no step"
	heading, rest, _ := strings.Cut(mistake, "\n")
	out := []string{heading}
	for _, line := range strings.Split(rest, "\n") {
		command, argument, _ := strings.Cut(line, " ")
		switch command {
		case "env":
			env = env.With(strings.Split(argument, "=")...)
		case "provider":
			block = argument
		case "deployment":
			if deployments[argument] == nil {
				t.Errorf("%s: no deployment %q", heading, argument)
				continue
			}
			deployments[argument](t, s, env)
		case "plan", "apply":
			step = line
		default:
			continue
		}
		out = append(out, line)
	}
	p := newInProcess(t, env)
	step, config, _ := strings.Cut(step, " ")
	var diags []*tfprotov6.Diagnostic
	if step == "apply" {
		_, diags = p.apply(t, block, config)
	} else {
		_, diags = p.plan(t, block, config)
	}
	for _, d := range diags {
		at := ""
		if d.Attribute != nil {
			at = " at " + attributeName.FindStringSubmatch(d.Attribute.String())[1]
		}
		out = append(out, d.Severity.String()+at+": "+d.Summary)
		for _, line := range strings.Split(differs.ReplaceAllString(d.Detail, "ADDRESS"), "\n") {
			out = append(out, strings.TrimRight("  "+line, " "))
		}
	}
	assert.NotContains(t, said(diags), "sk-literal", heading)
	return strings.Join(out, "\n") + "\n"
}

var (
	// What differs from run to run. The name without an address, coder..invalid, is one that no DNS is asked for.
	differs       = regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)
	attributeName = regexp.MustCompile(`^AttributeName\("(\w+)"\)`)
)

// deployments are what can be wrong with one, or between it and the provider.
var deployments = map[string]func(t *testing.T, s *codertest.Server, env codertest.Environ){
	"nobody listens": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) { s.Close() },
	"self-signed": func(t *testing.T, _ *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = codertest.NewTLS(t).URL
	},
	"another name": func(t *testing.T, _ *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = strings.Replace(codertest.NewTLS(t).URL, "127.0.0.1", "localhost", 1)
	},
	"https on http": func(_ *testing.T, s *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = strings.Replace(s.URL, "http:", "https:", 1)
	},
	"http on https": func(t *testing.T, _ *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = strings.Replace(codertest.NewTLS(t).URL, "https:", "http:", 1)
	},
	"hang": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) { s.Fail = codertest.Hang("/") },
	"proxy without Coder": page(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>502 Bad Gateway</html>", http.StatusBadGateway)
	}),
	"login page": page(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Sign in</html>"))
	}),
	"login elsewhere": func(t *testing.T, s *codertest.Server, _ codertest.Environ) {
		login := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(login.Close)
		s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, strings.Replace(login.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
			return true
		}
	},
	"another server": page(http.NotFound),
	"release 2.28": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Build.Version, s.Entitlements.Features, s.Providers = "v2.28.0+1c2d3e4", nil, nil
	},
	"release 2.30": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Build.Version, s.Providers, s.Catalog = "v2.30.0+1c2d3e4", nil, nil
	},
	"no license":   feature(codersdk.FeatureAIBridge, codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled}),
	"switched off": feature(codersdk.FeatureAIBridge, codersdk.Feature{Entitlement: codersdk.EntitlementEntitled}),
	"no add-on": feature(codersdk.FeatureAIGovernanceUserLimit,
		codersdk.Feature{Entitlement: codersdk.EntitlementNotEntitled}),
	"no personal keys": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		for i := range s.Providers {
			s.Providers[i].BYOKEnabled = false
		}
	},
	"token of another user": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.UserID, s.Username = "11111111-2222-3333-4444-555555555555", "bob"
	},
	"gateway providers hang": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Fail = codertest.Hang("/api/experimental/users")
	},
	"no gateway provider": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Providers = []codersdk.UserAIProviderKeyConfig{}
	},
	"catalog hangs": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Fail = codertest.Hang("/api/experimental/chats")
	},
}

// page has every call answered by something else than Coder.
func page(handler http.HandlerFunc) func(t *testing.T, s *codertest.Server, _ codertest.Environ) {
	return func(_ *testing.T, s *codertest.Server, _ codertest.Environ) {
		s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
			handler(w, r)
			return true
		}
	}
}

func feature(name codersdk.FeatureName, f codersdk.Feature) func(*testing.T, *codertest.Server, codertest.Environ) {
	return func(_ *testing.T, s *codertest.Server, _ codertest.Environ) { s.Entitlements.Features[name] = f }
}
