package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	const file, between = "testdata/mistakes.txt", "\n## "
	want := strings.Split(read(t, file), between)
	got := slices.Clone(want)
	var wg sync.WaitGroup
	few := make(chan struct{}, 8) // all at once would take longer than a call may
	for i := range want[1:] {     // before them is a line about the file
		few <- struct{}{}
		wg.Go(func() {
			got[i+1] = made(t, want[i+1])
			<-few
		})
	}
	wg.Wait()
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(strings.Join(got, between)), 0o600))
		return
	}
	for i := range want {
		assert.Equal(t, want[i], got[i])
	}
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
	step, config, _ := strings.Cut(step, " ")
	for _, d := range diagnosed(t, env, block, config, step == "apply") {
		at := ""
		if d.Attribute != nil {
			at = fmt.Sprintf(" at %s", d.Attribute.Steps()[0])
		}
		out = append(out, d.Severity.String()+at+": "+d.Summary)
		for _, line := range strings.Split(differs.ReplaceAllString(d.Detail, "ADDRESS"), "\n") {
			out = append(out, strings.TrimRight("  "+line, " "))
		}
		assert.NotContains(t, d.Summary+d.Detail, "sk-literal", heading)
	}
	return strings.Join(out, "\n") + "\n"
}

// What differs from run to run. The name without an address, coder..invalid, is one that no DNS is asked for.
var differs = regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)

// diagnosed is what the provider says to a plan of a new resource, and to the apply after it. It runs in this process
// and is asked as Terraform asks it. Whatever needs Terraform's own part is tested with Terraform itself.
func diagnosed(
	t *testing.T, env codertest.Environ, block, config string, apply bool,
) (diags []*tfprotov6.Diagnostic) {
	const kind = "factory_custom_models"
	provider, resource := &tfprotov6.DynamicValue{JSON: []byte(block)}, &tfprotov6.DynamicValue{JSON: []byte(config)}
	none := &tfprotov6.DynamicValue{JSON: []byte("null")}
	server, err := factories(env)["factory"]()
	goesOn := func(said []*tfprotov6.Diagnostic, err error) bool {
		diags = append(diags, said...)
		return assert.NoError(t, err) && !slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool {
			return d.Severity == tfprotov6.DiagnosticSeverityError
		})
	}
	if !goesOn(nil, err) {
		return diags
	}
	valid, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: provider})
	if !goesOn(valid.Diagnostics, err) {
		return diags
	}
	ready, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: provider})
	if !goesOn(ready.Diagnostics, err) {
		return diags
	}
	taken, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: kind, Config: resource,
	})
	if !goesOn(taken.Diagnostics, err) {
		return diags
	}
	plan, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, Config: resource, PriorState: none, ProposedNewState: resource,
	})
	if !goesOn(plan.Diagnostics, err) || !apply {
		return diags
	}
	applied, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, Config: resource, PriorState: none, PlannedState: plan.PlannedState,
		PlannedPrivate: plan.PlannedPrivate,
	})
	goesOn(applied.Diagnostics, err)
	return diags
}

// deployments are what can be wrong with one, or between it and the provider.
var deployments = map[string]func(t *testing.T, s *codertest.Server, env codertest.Environ){
	"nobody listens": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) { s.Close() },
	"self-signed":    byTLS("", ""),
	"another name":   byTLS("127.0.0.1", "localhost"),
	"http on https":  byTLS("https:", "http:"),
	"https on http": func(_ *testing.T, s *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = strings.Replace(s.URL, "http:", "https:", 1)
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
	"short tokens": func(_ *testing.T, s *codertest.Server, _ codertest.Environ) { s.MaxTokenLifetime = 24 * time.Hour },
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

// byTLS has the deployment at an https address, and the provider with something else in it.
func byTLS(correct, wrong string) func(t *testing.T, _ *codertest.Server, env codertest.Environ) {
	return func(t *testing.T, _ *codertest.Server, env codertest.Environ) {
		env["CODER_AGENT_URL"] = strings.Replace(codertest.NewTLS(t).URL, correct, wrong, 1)
	}
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
