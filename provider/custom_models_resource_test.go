package provider

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const address = "factory_custom_models.droid"

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
	return fmt.Sprintf(
		"resource \"factory_custom_models\" %q {\n  model {\n    model = %q\n    provider = %q\n  }\n%s\n}\n",
		name, model, provider, lines)
}

var oneModel = one("droid", "claude", "anthropic", "")

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
						golden := filepath.Join("testdata", form+".golden.json")
						if *update {
							write(t, golden, got)
						}
						assert.Equal(t, read(t, golden), got)
						assert.JSONEq(t, read(t, "testdata", form+".guide.json"), withoutOurs(t, got))
						return nil
					})}}),
				in(env, resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			}})
		})
	}
}

// withoutOurs takes away what the guide leaves to Droid.
func withoutOurs(t *testing.T, document string) string {
	t.Helper()
	var doc struct {
		CustomModels []map[string]any `json:"customModels"`
	}
	require.NoError(t, json.NewDecoder(strings.NewReader(document)).Decode(&doc))
	for _, entry := range doc.CustomModels {
		delete(entry, "id")
		delete(entry, "index")
		delete(entry, "noImageSupport")
	}
	text, err := json.Marshal(doc)
	require.NoError(t, err)
	return string(text)
}

// document checks the settings document in the state.
func document(check func(text string) error) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_json"), knownvalue.StringFunc(check))
}

// rendered checks the state: which entries the document has, that env is for this resource, and whether the token is
// anywhere.
func rendered(token string, wantToken bool, wantIDs ...string) []statecheck.StateCheck {
	variable := tfjsonpath.New("env").AtMapKey("FACTORY_CUSTOM_MODELS_CODER")
	return []statecheck.StateCheck{
		document(func(text string) error {
			var doc struct {
				CustomModels []struct{ ID string }
			}
			err := json.Unmarshal([]byte(text), &doc)
			ids := []string{}
			for _, entry := range doc.CustomModels {
				ids = append(ids, entry.ID)
			}
			if err == nil && !slices.Equal(ids, wantIDs) {
				err = fmt.Errorf("the entries are %q and not %q", ids, wantIDs)
			}
			return err
		}),
		statecheck.CompareValuePairs(address, variable, address, tfjsonpath.New("id"), beginning{}),
		tokenInState{token, wantToken},
	}
}

// beginning tells whether one value begins with another and a colon.
type beginning struct{}

func (beginning) CompareValues(values ...any) error {
	if whole, part := values[0].(string), values[1].(string); !strings.HasPrefix(whole, part+":") {
		return fmt.Errorf("%.40q… does not begin with %q", whole, part)
	}
	return nil
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
	imported := s.WorkspaceStart().With(token, "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	prebuild := s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD", "true", token, "prebuilds-token")
	claim := s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true")
	start := s.WorkspaceStart().With(token, "second-session-token")
	stop := start.With("CODER_WORKSPACE_TRANSITION", "stop", token, "")
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
				statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringFunc(random))),
		})
	}
	all := []string{idSonnet, idCodex, idQwen}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		planOnly(imported),
		planOnly(imported.With("CODER_WORKSPACE_TRANSITION", "stop")),
		planOnly(imported.With("CODER_WORKSPACE_OWNER_ID", codertest.Owner)), // a dry run
		apply(prebuild, resource.ConfigPlanChecks{}, rendered("prebuilds-token", false, idQwen)...),
		apply(claim, updateInPlace(), rendered("owner-session-token", true, all...)...),
		apply(start, updateInPlace(), append(
			rendered("second-session-token", true, all...), tokenInState{"owner-session-token", false})...),
		apply(stop, updateInPlace(), rendered("session-token", false, idQwen)...),
		apply(start, updateInPlace(), rendered("second-session-token", true, all...)...),
		in(stop.With("CODER_WORKSPACE_TRANSITION", "destroy"), resource.TestStep{Config: threeModels, Destroy: true}),
	}})
	each := asked[2]
	assert.NotZero(t, each)
	assert.Equal(t, []int{0, 0, each, 2 * each, 2 * each}, asked)
	assert.Len(t, s.Requests(), 3*each, "a delete asks nobody")
}

// Outside Coder a second plan is empty, until the configuration, the token or the address changes.
func TestSecondPlan(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	localhost := env.With("CODER_URL", strings.Replace(s.URL, "127.0.0.1", "localhost", 1))
	step := func(env codertest.Environ, config string, checks resource.ConfigPlanChecks) resource.TestStep {
		return in(env, resource.TestStep{Config: config, ConfigPlanChecks: checks})
	}
	changed := func(line string) string {
		return strings.Replace(threeModels, "sk-personal\"\n", "sk-personal\"\n"+line+"\n", 1)
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(env, threeModels, resource.ConfigPlanChecks{}),
		step(env, threeModels, nothingPlanned),
		step(env, strings.Replace(threeModels, "sk-personal", "sk-other", 1), updateInPlace()),
		step(env, changed(`name = "other"`), updateInPlace()),
		step(env, changed(`gateway_provider = "other"`), updateInPlace()),
		step(env.With("CODER_SESSION_TOKEN", "other"), threeModels, updateInPlace()),
		step(localhost, threeModels, updateInPlace()),
		step(localhost, threeModels, nothingPlanned),
		step(env, catalogOnly, resource.ConfigPlanChecks{}),
		step(env, catalogOnly, nothingPlanned),
	}})
}

// Terraform before 1.5 shows the marks of a configuration, not those of a provider.
func TestSensitiveValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)},
		Steps: []resource.TestStep{in(env, resource.TestStep{Config: threeModels, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("model").AtSliceIndex(1).AtMapKey("api_key")),
		}})},
	})
}

// A start that fails leaves the state as it was, and the next one heals.
func TestFailedStart(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	required := `provider "factory" { verification = "require" }` + "\n" + oneModel
	healthy := in(s.WorkspaceStart(), resource.TestStep{
		Config: required, ConfigStateChecks: rendered(s.Token, true, "custom:coder/claude"), ExpectNonEmptyPlan: true,
	})
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		healthy,
		in(s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "dead"), resource.TestStep{
			Config: required, ExpectError: regexp.MustCompile(`Session Token Refused`),
		}),
		in(s.WorkspaceStart(), resource.TestStep{RefreshState: true, ExpectNonEmptyPlan: true,
			Check: func(state *terraform.State) error {
				assert.Contains(t, state.RootModule().Resources[address].Primary.Attributes["settings_json"], s.Token)
				return nil
			}}),
		healthy,
	}})
}

// random tells whether an id tells nothing of where and when it was made.
func random(id string) error {
	parsed, err := uuid.Parse(id)
	if err == nil && parsed.Version() != 4 {
		err = fmt.Errorf("version %s", parsed.Version())
	}
	return err
}
