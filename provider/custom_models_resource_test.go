package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const address = "factory_custom_models.droid"

// ours are the fields of an entry that the guide leaves to Droid.
var ours = regexp.MustCompile(`(?m)^ +"(id|index|noImageSupport)": .*\n`)

// random is an id that tells nothing of where and when it was made.
var random = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

const threeModels = `
resource "factory_custom_models" "droid" {
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    max_output_tokens = 32000
  }
  model {
    model    = "gpt-5.2-codex"
    provider = "openai"
    api_key  = "sk-personal"
  }
  model {
    model    = "qwen"
    provider = "generic-chat-completion-api"
    base_url = "http://127.0.0.1:11434/v1"
  }
  default_model = "claude-sonnet-4-5-20250929"
}
`

// one is a resource with one model and further lines.
func one(name, model, provider, lines string) string {
	return fmt.Sprintf("resource \"factory_custom_models\" %q {\n  model {\n    model = %q\n    provider = %q\n  "+
		"}\n%s\n}\n", name, model, provider, lines)
}

// The two documents of Coder's guide come out of two small configurations.
func TestGuideDocuments(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"centralized", "byok"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			env := codertest.Environ{"CODER_URL": "https://coder.example.com", "CODER_SESSION_TOKEN": "<your-coder-api-token>"}
			config := `provider "factory" { verification = "skip" }` + "\n" + read(t, "testdata", form+".tf")
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: config,
					ConfigStateChecks: []statecheck.StateCheck{document(func(got string) error {
						assert.JSONEq(t, read(t, "testdata", form+".guide.json"), ours.ReplaceAllString(got, ""))
						return nil
					})}}),
			}})
		})
	}
}

// document checks the settings document in the state.
func document(check func(text string) error) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_json"), knownvalue.StringFunc(check))
}

// entriesOf are the entries of a settings document.
func entriesOf(t *testing.T, document string) (entries []struct{ ID, BaseURL, APIKey string }) {
	t.Helper()
	var doc struct {
		CustomModels []struct{ ID, BaseURL, APIKey string }
	}
	require.NoError(t, json.Unmarshal([]byte(document), &doc))
	return doc.CustomModels
}

// rendered checks the state: which entries the document has, and whether the token is anywhere.
func rendered(t *testing.T, token string, wantToken bool, wantIDs ...string) []statecheck.StateCheck {
	t.Helper()
	return []statecheck.StateCheck{
		document(func(text string) error {
			var ids []string
			for _, entry := range entriesOf(t, text) {
				ids = append(ids, entry.ID)
			}
			assert.Equal(t, wantIDs, ids)
			return nil
		}),
		tokenInState{token, wantToken},
	}
}

// tokenInState tells whether a token is anywhere in the state.
type tokenInState struct {
	token string
	want  bool
}

func (c tokenInState) CheckState(
	_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse,
) {
	state, err := json.Marshal(req.State)
	if resp.Error = err; err == nil && strings.Contains(string(state), c.token) != c.want {
		resp.Error = fmt.Errorf("whether the state has the token: %t", !c.want)
	}
}

const (
	idSonnet = "custom:coder/claude-sonnet-4-5-20250929"
	idCodex  = "custom:coder/gpt-5.2-codex"
	idQwen   = "custom:coder/qwen"
)

// A workspace from import to delete. Each start gives it new values, in place, and keeps the id, by which Coder tells
// resources apart. A prebuild and a stop have no token in their state. Only starts call the deployment, all alike.
func TestWorkspaceLife(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	const token = "CODER_WORKSPACE_OWNER_SESSION_TOKEN"
	prebuild := s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true", token, "prebuilds-token")
	claim := s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true")
	start := s.WorkspaceStart().With(token, "second-session-token")
	stop := stopping(start)
	planOnly := func(env codertest.Environ) resource.TestStep {
		return in(env, resource.TestStep{Config: threeModels, PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	kept := statecheck.CompareValue(compare.ValuesSame())
	var asked []int // calls before each apply
	apply := func(env codertest.Environ, plan resource.ConfigPlanChecks,
		checks ...statecheck.StateCheck) resource.TestStep {
		return in(env, resource.TestStep{
			Config: threeModels, ConfigPlanChecks: plan, ExpectNonEmptyPlan: true,
			PreConfig: func() { asked, s.Token = append(asked, len(s.Requests())), env[token] },
			ConfigStateChecks: append(checks, kept.AddStateValue(address, tfjsonpath.New("id")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringRegexp(random))),
		})
	}
	all := []string{idSonnet, idCodex, idQwen}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		planOnly(importing(s)),
		planOnly(stopping(importing(s))),
		planOnly(importing(s).With("CODER_WORKSPACE_OWNER_ID", codertest.Owner)), // a dry run
		apply(prebuild, resource.ConfigPlanChecks{}, rendered(t, "prebuilds-token", false, idQwen)...),
		apply(claim, updateInPlace(), rendered(t, "owner-session-token", true, all...)...),
		apply(start, updateInPlace(), append(
			rendered(t, "second-session-token", true, all...), tokenInState{"owner-session-token", false})...),
		apply(stop, updateInPlace(), rendered(t, "session-token", false, idQwen)...),
		apply(start, updateInPlace(), rendered(t, "second-session-token", true, all...)...),
		in(stop.With("CODER_WORKSPACE_TRANSITION", "destroy"), resource.TestStep{Config: threeModels, Destroy: true}),
	}})
	each := asked[2]
	assert.NotZero(t, each)
	assert.Equal(t, []int{0, 0, each, 2 * each, 2 * each}, asked)
	assert.Len(t, s.Requests(), 3*each, "a delete asks nobody")
}

// Outside Coder a second plan is empty, until the configuration or the token changes.
func TestSecondPlan(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := byHand(s)
	step := func(env codertest.Environ, config string, checks resource.ConfigPlanChecks) resource.TestStep {
		return in(env, resource.TestStep{Config: config, ConfigPlanChecks: checks})
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(env, threeModels, resource.ConfigPlanChecks{}),
		step(env, threeModels, nothingPlanned),
		step(env, strings.Replace(threeModels, "sk-personal", "sk-other", 1), updateInPlace()),
		step(env.With("CODER_SESSION_TOKEN", "other"), threeModels, updateInPlace()),
		step(env, catalogOnly, resource.ConfigPlanChecks{}),
		step(env, catalogOnly, nothingPlanned),
	}})
}

// With managed and system the document has no token: it is a variable of the workspace, and empty after a stop.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	const token = "FACTORY_CUSTOM_MODELS_CODER_TOKEN"
	step := func(env codertest.Environ, lines string, want map[string]string, parts ...string) resource.TestStep {
		variables := map[string]knownvalue.Check{"FACTORY_CUSTOM_MODELS_CODER": knownvalue.NotNull()}
		for name, value := range want {
			variables[name] = knownvalue.StringExact(value)
		}
		return in(env, resource.TestStep{
			Config: one("droid", "m", "openai", lines), ExpectNonEmptyPlan: true,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("env"), knownvalue.MapExact(variables)),
				document(func(text string) error {
					for _, part := range parts {
						assert.Contains(t, text, part)
					}
					assert.NotContains(t, text, s.Token)
					return nil
				}),
			},
		})
	}
	managed := func(token, path string) map[string]string {
		return map[string]string{
			"FACTORY_CUSTOM_MODELS_CODER_TOKEN": token, "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH": path,
		}
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(s.WorkspaceStart(), `delivery = "managed"`, managed(s.Token, "$HOME/.factory/coder-managed.json"),
			`"printenv `+token+`"`),
		step(stopping(s.WorkspaceStart()), `delivery = "managed"`, managed("", "$HOME/.factory/coder-managed.json")),
		step(s.WorkspaceStart(), `
  delivery         = "managed"
  settings_path    = "/opt/x.json"
  gateway_only     = true
  default_model    = "m"
  managed_settings = jsonencode({ hooks = {}, sessionDefaultSettings = { autonomy = "low" } })`,
			managed(s.Token, "/opt/x.json"),
			`"hooks": {}`, `"autonomy": "low"`, `"model": "custom:coder/m"`, `"allowedBaseUrls"`, `"printenv `+token+`"`),
		step(s.WorkspaceStart(), `delivery = "system"`, map[string]string{token: s.Token}, `"printenv `+token+`"`),
	}})
}

// A changed namespace leaves entries behind, unless former_namespaces names it, and so does a removed resource. The
// plan says so, once a build.
func TestChangedNamespace(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, "")
	apply := func(lines string) string {
		write(t, filepath.Join(c.dir, "droid.tf"), one("droid", "m", "openai", lines))
		return strings.Join(strings.Fields(c.run(t, s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")), " ")
	}
	apply("")
	out := apply("  namespace = \"team\"\n")
	assert.Equal(t, 1, strings.Count(out, "Warning: Former Namespace Not Named"))
	assert.Contains(t, out, `former_namespaces = ["coder"]`)
	assert.Contains(t, out, "0 added, 1 changed, 0 destroyed", "never a replacement")
	assert.NotContains(t, apply("  namespace = \"third\"\n  former_namespaces = [\"coder\", \"team\"]\n"), "Warning")
	assert.NotContains(t, apply("  namespace = \"third\"\n"), "Warning")
	for env, want := range map[string]int{"start": 1, "stop": 0} {
		write(t, filepath.Join(c.dir, "droid.tf"), "")
		out = c.run(t, s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", env), "plan", "-no-color")
		assert.Equal(t, want, strings.Count(out, "Warning: Models Stay in the Workspaces"), env)
		stays := saying("its entries custom:third/… stay in each user's ~/.factory/settings.json")
		assert.Equal(t, want == 1, stays.MatchString(out))
	}
}
