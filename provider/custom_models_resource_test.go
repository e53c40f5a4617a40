package provider

import (
	"context"
	"encoding/base64"
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
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
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

const twoModels = `
resource "factory_custom_models" "droid" {
  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", max_output_tokens = 32000 },
    { model = "gpt-5.2-codex", provider = "openai", api_key = "sk-personal" },
    { model = "qwen", provider = "generic-chat-completion-api", base_url = "http://127.0.0.1:11434/v1" },
  ]
  default_model = "claude-sonnet-4-5-20250929"
}
`

const oneModel = `
resource "factory_custom_models" "droid" {
  models = [{ model = "claude", provider = "anthropic" }]
}
`

// The two documents of Coder's guide come out of two small configurations.
func TestGuideDocuments(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"centralized", "byok"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			env := codertest.Environ{"CODER_URL": "https://coder.example.com", "CODER_SESSION_TOKEN": "<your-coder-api-token>"}
			config := `provider "factory" { verification = "skip" }` + "\n" + read(t, "testdata", form+".tf")
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{document(func(got string) error {
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

// rendered checks the state: which entries the document has, that env brings it, and whether the token is anywhere.
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
		statecheck.CompareValuePairs(address, variable, address, tfjsonpath.New("id"), partOf(0)),
		statecheck.CompareValuePairs(address, variable, address, tfjsonpath.New("settings_json"), partOf(1)),
		tokenInState{token, wantToken},
	}
}

// partOf compares a part of the variable, the id or the document in base64, with what it stands for.
type partOf int

func (p partOf) CompareValues(values ...any) error {
	part := strings.SplitN(values[0].(string), ":", 2)[p]
	if want := values[1].(string); part != want && part != base64.StdEncoding.EncodeToString([]byte(want)) {
		return fmt.Errorf("the variable does not have what it stands for: %.40q…", want)
	}
	return nil
}

// tokenInState tells whether a token is anywhere in the state.
type tokenInState struct {
	token string
	want  bool
}

func (c tokenInState) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
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

func TestWorkspaceLife(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	first := s.WorkspaceStart()
	second := first.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "second-session-token")
	stop := first.With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	imported := first.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	dryRun := imported.With("CODER_WORKSPACE_OWNER_ID", codertest.Owner)
	planOnly := func(env codertest.Environ) resource.TestStep {
		return in(env, resource.TestStep{Config: twoModels, PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	asked := func(applies int) func() { // each apply asks for the deployment, the token, the licence, and two routes
		return func() { assert.Len(t, s.Requests(), applies*4, "calls to the deployment so far") }
	}
	resource.UnitTest(t, resource.TestCase{
		CheckDestroy: func(*terraform.State) error { return nil },
		Steps: []resource.TestStep{
			planOnly(imported),
			planOnly(imported.With("CODER_WORKSPACE_TRANSITION", "stop")),
			planOnly(dryRun),
			in(first, resource.TestStep{
				PreConfig: asked(0), Config: twoModels, ConfigStateChecks: rendered(s.Token, true, idSonnet, idCodex, idQwen),
			}),
			in(first, resource.TestStep{PreConfig: asked(1), Config: twoModels, ConfigPlanChecks: nothingPlanned}),
			in(second, resource.TestStep{
				PreConfig: func() { asked(1)(); s.Token = "second-session-token" },
				Config:    twoModels, ConfigPlanChecks: updateInPlace(),
				ConfigStateChecks: append(
					rendered("second-session-token", true, idSonnet, idCodex, idQwen), tokenInState{"owner-session-token", false},
				),
			}),
			in(stop, resource.TestStep{
				PreConfig: asked(2), Config: twoModels, ConfigPlanChecks: updateInPlace(), ConfigStateChecks: rendered("session-token", false, idQwen),
			}),
			in(stop, resource.TestStep{Config: twoModels, ConfigPlanChecks: nothingPlanned}),
			in(second, resource.TestStep{
				PreConfig: asked(2), Config: twoModels, ConfigPlanChecks: updateInPlace(),
				ConfigStateChecks: rendered("second-session-token", true, idSonnet, idCodex, idQwen),
			}),
			in(second.With("CODER_WORKSPACE_TRANSITION", "destroy", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), resource.TestStep{
				PreConfig: asked(3), Config: twoModels, Destroy: true,
			}),
		},
	})
}

// Terraform before 1.5 shows the marks of a configuration, not those of a provider.
func TestSensitiveValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_5_0)},
		Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{Config: twoModels, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("models").AtSliceIndex(1).AtMapKey("api_key")),
		}})},
	})
}

func TestPrebuildAndClaim(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	prebuild := s.WorkspaceStart().With(
		"CODER_WORKSPACE_IS_PREBUILD", "true", "CODER_WORKSPACE_OWNER_ID", "c42fdf75-3097-471c-8c33-fb52454d81c0",
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "prebuilds-token")
	claim := s.WorkspaceStart().With("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(prebuild, resource.TestStep{Config: twoModels, ConfigStateChecks: rendered("prebuilds-token", false, idQwen)}),
		in(prebuild, resource.TestStep{Config: twoModels, ConfigPlanChecks: nothingPlanned}),
		in(claim, resource.TestStep{
			PreConfig: func() { assert.Empty(t, s.Requests(), "nobody is asked for a prebuild") },
			Config:    twoModels, ConfigPlanChecks: updateInPlace(),
			ConfigStateChecks: rendered(s.Token, true, idSonnet, idCodex, idQwen),
		}),
	}})
}

// A start that fails leaves the state as it was, and the next one heals.
func TestFailedStart(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	required := `provider "factory" { verification = "require" }` + twoModels
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: required}),
		in(s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "dead"), resource.TestStep{
			Config: required, ExpectError: regexp.MustCompile(`Session Token Refused`),
		}),
		in(s.WorkspaceStart(), resource.TestStep{Config: required, ConfigPlanChecks: nothingPlanned}),
	}})
}

// Coder tells resources apart by their id. It is a resource's own and stays when its models, its token or its names change.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	second := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "second-session-token")
	two := func(model, namespace string) string {
		return fmt.Sprintf(`
resource "factory_custom_models" "droid" {
  models    = [{ model = %q, provider = "openai" }]
  namespace = %q
}
resource "factory_custom_models" "other" {
  models    = [{ model = %q, provider = "openai" }]
  namespace = "other"
}
`, model, namespace, model)
	}
	const other = "factory_custom_models.other"
	id := tfjsonpath.New("id")
	kept, keptOther := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesSame())
	checks := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{
			kept.AddStateValue(address, id), keptOther.AddStateValue(other, id),
			statecheck.CompareValuePairs(address, id, other, id, compare.ValuesDiffer()),
			statecheck.ExpectKnownValue(address, id, knownvalue.StringFunc(random)),
		}
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: two("m", "coder"), ConfigStateChecks: checks()}),
		in(s.WorkspaceStart(), resource.TestStep{Config: two("m", "coder"), ConfigPlanChecks: nothingPlanned}),
		in(second, resource.TestStep{Config: two("n", "team"), ConfigStateChecks: checks(), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(address, id, knownvalue.NotNull())},
		}}),
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

// A state that has no id yet gets one by the next apply.
func TestIdentityOfEarlierState(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, oneModel+"output \"id\" {\n  value = factory_custom_models.droid.id\n}\n")
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	id := strings.TrimSpace(c.run(t, codertest.Environ{}, "output", "-raw", "id"))
	file := filepath.Join(c.dir, "terraform.tfstate")
	write(t, file, strings.ReplaceAll(read(t, file), `"`+id+`"`, "null"))
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	require.NoError(t, uuid.Validate(strings.TrimSpace(c.run(t, codertest.Environ{}, "output", "-raw", "id"))))
	out, err := c.try(s.WorkspaceStart(), "plan", "-detailed-exitcode")
	assert.NoError(t, err, out)
}

// A way through the gateway that does not exist is found before Droid finds it.
func TestUses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, model, want string }{
		{"unknown provider", `{ model = "m", provider = "openai", gateway_provider = "vllm" }`, `has no gateway provider "vllm", or it is disabled. There are: "anthropic", "openai".`},
		{"another protocol", `{ model = "m", provider = "anthropic", gateway_provider = "openai" }`, `for which the AI Gateway does not take the protocol "anthropic"`},
		{"personal key", `{ model = "m", provider = "openai", api_key = "sk-personal" }`, "Personal Keys Not Allowed"},
	} {
		for _, mode := range []string{"require", "warn", "skip"} {
			t.Run(c.name+" "+mode, func(t *testing.T) {
				t.Parallel()
				s := codertest.New(t)
				s.Providers[1].BYOKEnabled = false
				step := resource.TestStep{Config: fmt.Sprintf("provider \"factory\" { verification = %q }\n", mode) +
					"resource \"factory_custom_models\" \"droid\" {\nmodels = [" + c.model + "]\n}\n"}
				if mode == "require" {
					step.ExpectError = saying(c.want)
				} else {
					step.ConfigStateChecks = rendered(s.Token, true, "custom:coder/m")
				}
				resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), step)}})
				for _, r := range s.Requests() {
					assert.NotContains(t, fmt.Sprint(r.Header), "sk-personal", "a personal key is not sent to find out")
					assert.NotContains(t, r.URL.Path, "/ai-gateway/", "the gateway is not asked")
				}
			})
		}
	}
}

// The message about a use names the models that have it.
func TestUsers(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	config := `
provider "factory" { verification = "require" }
resource "factory_custom_models" "droid" {
  models = [
    { model = "a", provider = "openai" },
    { model = "b", provider = "openai", gateway_provider = "vllm" },
    { model = "c", provider = "anthropic" },
    { model = "d", provider = "openai", gateway_provider = "vllm" },
  ]
}
`
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: config, ExpectError: saying("This concerns models[1] and models[3].")}),
	}})
}

// A deployment that can't be reached fails the build before anything is written.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Close()
	file := filepath.Join(t.TempDir(), "settings.json")
	config := `provider "factory" { verification = "require" }` + localConfig(file, "")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: config, ExpectError: saying("Error: Coder Deployment Unreachable")}),
		in(s.WorkspaceStart(), resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true, ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPreRefresh: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)},
		}}),
	}})
	assert.NoFileExists(t, file)
}
