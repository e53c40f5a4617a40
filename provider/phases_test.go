package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
)

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

// rendered looks at the document in the state: which entries it has, and whether the token is in it.
func rendered(t *testing.T, token string, wantToken bool, wantIDs ...string) resource.TestCheckFunc {
	t.Helper()
	return func(s *terraform.State) error {
		attributes := s.RootModule().Resources[address].Primary.Attributes
		var doc struct {
			CustomModels []struct{ ID string }
		}
		require.NoError(t, json.Unmarshal([]byte(attributes["settings_json"]), &doc))
		ids := []string{}
		for _, entry := range doc.CustomModels {
			ids = append(ids, entry.ID)
		}
		assert.Equal(t, wantIDs, ids)
		resource, encoded, _ := strings.Cut(attributes["env.FACTORY_CUSTOM_MODELS_CODER"], ":")
		assert.Equal(t, attributes["id"], resource)
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		require.NoError(t, err)
		assert.Equal(t, attributes["settings_json"], string(decoded))
		state, err := json.Marshal(s)
		require.NoError(t, err)
		assert.Equal(t, wantToken, regexp.MustCompile(regexp.QuoteMeta(token)).Match(state), "the token in the state")
		return nil
	}
}

const (
	idSonnet = "custom:coder/claude-sonnet-4-5-20250929"
	idCodex  = "custom:coder/gpt-5.2-codex"
	idQwen   = "custom:coder/qwen"
)

// keyKnown tells that env has its key at plan, and not yet its value.
type keyKnown struct{}

func (keyKnown) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != address {
			continue
		}
		known, _ := change.Change.After.(map[string]any)["env"].(map[string]any)
		unknown, _ := change.Change.AfterUnknown.(map[string]any)["env"].(map[string]any)
		if value, given := known["FACTORY_CUSTOM_MODELS_CODER"]; given && value != nil || unknown["FACTORY_CUSTOM_MODELS_CODER"] != true {
			resp.Error = fmt.Errorf("env is planned as %v, unknown %v", known, unknown)
		}
	}
}

func updateInPlace() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(address, tfjsonpath.New("script"), knownvalue.NotNull()),
		plancheck.ExpectUnknownValue(address, tfjsonpath.New("settings_json")),
		keyKnown{},
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
	}}
}

func TestWorkspaceLife(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	first := start(s)
	second := first.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "second-session-token")
	stop := first.with("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	imported := first.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	dryRun := imported.with("CODER_WORKSPACE_OWNER_ID", deploymenttest.Owner)
	planOnly := func(env environ) resource.TestStep {
		return in(env, resource.TestStep{Config: twoModels, PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	asked := func(applies int) func() { // each apply asks for the deployment, the token, the licence, and two routes
		return func() { assert.Len(t, s.Requests(), applies*5, "calls to the deployment so far") }
	}
	var sensitive []statecheck.StateCheck
	if from(t, "v1.5.0") { // 1.1 shows the marks of a configuration, not those of a provider
		sensitive = []statecheck.StateCheck{
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("models").AtSliceIndex(1).AtMapKey("api_key")),
		}
	}
	resource.UnitTest(t, resource.TestCase{
		CheckDestroy: func(*terraform.State) error { return nil },
		Steps: []resource.TestStep{
			planOnly(imported),
			planOnly(imported.with("CODER_WORKSPACE_TRANSITION", "stop")),
			planOnly(dryRun),
			in(first, resource.TestStep{
				PreConfig: asked(0), Config: twoModels, Check: rendered(t, s.Token, true, idSonnet, idCodex, idQwen),
				ConfigStateChecks: sensitive,
			}),
			in(first, resource.TestStep{PreConfig: asked(1), Config: twoModels, ConfigPlanChecks: nothingPlanned}),
			in(second, resource.TestStep{
				PreConfig: func() { asked(1)(); s.Token = "second-session-token" },
				Config:    twoModels, ConfigPlanChecks: updateInPlace(),
				Check: resource.ComposeTestCheckFunc(
					rendered(t, "second-session-token", true, idSonnet, idCodex, idQwen),
					rendered(t, "owner-session-token", false, idSonnet, idCodex, idQwen),
				),
			}),
			in(stop, resource.TestStep{
				PreConfig: asked(2), Config: twoModels, ConfigPlanChecks: updateInPlace(), Check: rendered(t, "session-token", false, idQwen),
			}),
			in(stop, resource.TestStep{Config: twoModels, ConfigPlanChecks: nothingPlanned}),
			in(second, resource.TestStep{
				PreConfig: asked(2), Config: twoModels, ConfigPlanChecks: updateInPlace(),
				Check: rendered(t, "second-session-token", true, idSonnet, idCodex, idQwen),
			}),
			in(second.with("CODER_WORKSPACE_TRANSITION", "destroy", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), resource.TestStep{
				PreConfig: asked(3), Config: twoModels, Destroy: true,
			}),
		},
	})
}

func TestPrebuildAndClaim(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	prebuild := start(s).with(
		"CODER_WORKSPACE_IS_PREBUILD", "true", "CODER_WORKSPACE_OWNER_ID", "c42fdf75-3097-471c-8c33-fb52454d81c0",
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "prebuilds-token")
	claim := start(s).with("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(prebuild, resource.TestStep{Config: twoModels, Check: rendered(t, "prebuilds-token", false, idQwen)}),
		in(prebuild, resource.TestStep{Config: twoModels, ConfigPlanChecks: nothingPlanned}),
		in(claim, resource.TestStep{
			PreConfig: func() { assert.Empty(t, s.Requests(), "nobody is asked for a prebuild") },
			Config:    twoModels, ConfigPlanChecks: updateInPlace(),
			Check: rendered(t, s.Token, true, idSonnet, idCodex, idQwen),
		}),
	}})
}

// A start that fails leaves the state as it was, and the next one heals.
func TestFailedStart(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	required := `provider "factory" { verification = "require" }` + twoModels
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(start(s), resource.TestStep{Config: required}),
		in(start(s).with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "dead"), resource.TestStep{
			Config: required, ExpectError: regexp.MustCompile(`Session Token Refused`),
		}),
		in(start(s), resource.TestStep{Config: required, ConfigPlanChecks: nothingPlanned}),
	}})
}

// The environment that the provider configuration stands for.
func TestConfigurationPrecedence(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	base := func(url string) *regexp.Regexp {
		return regexp.MustCompile(`"baseUrl": "` + regexp.QuoteMeta(url) + `"`)
	}
	key := func(token string) *regexp.Regexp { return regexp.MustCompile(`"apiKey": "` + token + `"`) }
	for _, c := range []struct {
		name, block string
		env         environ
		want        []*regexp.Regexp
	}{
		{
			"agent URL before URL, owner's token before session token", "",
			environ{"CODER_AGENT_URL": s.URL, "CODER_URL": "https://other", "CODER_WORKSPACE_OWNER_SESSION_TOKEN": s.Token, "CODER_SESSION_TOKEN": "other"},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"outside Coder", "", environ{"CODER_URL": s.URL + "/", "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"configuration before environment", `access_url = "` + s.URL + `", session_token = "` + s.Token + `"`,
			environ{"CODER_AGENT_URL": "https://other", "CODER_WORKSPACE_OWNER_SESSION_TOKEN": "other"},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"empty counts as not set", `access_url = "", session_token = "", gateway_url = ""`, environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base(s.URL + "/api/v2/ai-gateway/anthropic"), key(s.Token)},
		},
		{
			"standalone gateway", `gateway_url = "https://gateway.example.com"`, environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token},
			[]*regexp.Regexp{base("https://gateway.example.com/anthropic"), key(s.Token)},
		},
		{
			"skip makes no call", `verification = "skip"`, environ{"CODER_URL": "https://coder.invalid", "CODER_SESSION_TOKEN": "anything"},
			[]*regexp.Regexp{base("https://coder.invalid/api/v2/aibridge/anthropic"), key("anything")},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var checks []resource.TestCheckFunc
			for _, want := range c.want {
				checks = append(checks, resource.TestMatchResourceAttr(address, "settings_json", want))
			}
			block := regexp.MustCompile(`, `).ReplaceAllString(c.block, "\n")
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(c.env, resource.TestStep{
				Config: "provider \"factory\" {\n" + block + "\n}\n" + `
resource "factory_custom_models" "droid" {
  models = [{ model = "claude", provider = "anthropic" }]
}`,
				Check: resource.ComposeTestCheckFunc(checks...),
			})}})
		})
	}
}

// Coder tells resources apart by their id. It is a resource's own and stays when its models, its token or its names change.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	second := start(s).with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "second-session-token")
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
	var ids []string
	remember := func(state *terraform.State) error {
		for _, name := range []string{address, "factory_custom_models.other"} {
			ids = append(ids, state.RootModule().Resources[name].Primary.ID)
		}
		return nil
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(start(s), resource.TestStep{Config: two("m", "coder"), Check: remember}),
		in(start(s), resource.TestStep{Config: two("m", "coder"), ConfigPlanChecks: nothingPlanned}),
		in(second, resource.TestStep{Config: two("n", "team"), Check: remember, ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.NotNull())},
		}}),
	}})
	require.Len(t, ids, 4)
	assert.Equal(t, ids[:2], ids[2:], "kept")
	assert.NotEqual(t, ids[0], ids[1], "different")
	for _, id := range ids {
		parsed, err := uuid.Parse(id)
		require.NoError(t, err)
		assert.Equal(t, uuid.Version(4), parsed.Version(), "random")
	}
}

// A state that has no id yet gets one by the next apply.
func TestIdentityOfEarlierState(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	c := newCLI(t, oneModel+"output \"id\" {\n  value = factory_custom_models.droid.id\n}\n")
	c.run(t, start(s), "apply", "-auto-approve")
	id := strings.TrimSpace(c.run(t, environ{}, "output", "-raw", "id"))
	file := filepath.Join(c.dir, "terraform.tfstate")
	write(t, file, strings.ReplaceAll(read(t, file), `"`+id+`"`, "null"))
	c.run(t, start(s), "apply", "-auto-approve")
	require.NoError(t, uuid.Validate(strings.TrimSpace(c.run(t, environ{}, "output", "-raw", "id"))))
	out, err := c.try(start(s), "plan", "-detailed-exitcode")
	assert.NoError(t, err, out)
}

// A for_each can go over the names in env at plan, in each phase, on each Terraform that is supported.
func TestNamesInEnv(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	c := newCLI(t, oneModel+`
resource "factory_custom_models" "each" {
  for_each  = toset(nonsensitive(keys(factory_custom_models.droid.env)))
  models    = []
  namespace = "each-${lower(replace(each.key, "_", "-"))}"
}
`)
	const each = `factory_custom_models.each["FACTORY_CUSTOM_MODELS_CODER"]`
	imported := start(s).with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "", "CODER_WORKSPACE_BUILD_ID", "")
	for _, env := range []environ{imported, imported.with("CODER_WORKSPACE_TRANSITION", "stop"), start(s)} {
		assert.Contains(t, c.run(t, env, "plan", "-no-color"), "# "+each+" will be created")
	}
	c.run(t, start(s), "apply", "-auto-approve")
	assert.Contains(t, c.run(t, start(s), "plan", "-no-color"), "No changes.")
	stop := start(s).with("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	out := c.run(t, stop, "plan", "-no-color")
	assert.Contains(t, out, "# "+address+" will be updated in-place")
	assert.NotContains(t, out, "# "+each)
}
