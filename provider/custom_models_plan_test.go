package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func updateInPlace() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
		plancheck.ExpectKnownValue(address, tfjsonpath.New("script"), knownvalue.NotNull()),
		plancheck.ExpectUnknownValue(address, tfjsonpath.New("settings_json")),
		// The key is known.
		plancheck.ExpectUnknownValue(address, tfjsonpath.New("env").AtMapKey("FACTORY_CUSTOM_MODELS_CODER")),
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("settings_json")),
		plancheck.ExpectSensitiveValue(address, tfjsonpath.New("env")),
	}}
}

// What may not be known at plan is no reason to fail there, and comes out right at apply. The deployment answers only
// if the provider block has come out right too.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Token = "later"
	s.Providers = append(s.Providers, codertest.Provider("later", "openai"))
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-A") == "later" {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	var checks []statecheck.StateCheck
	for name, parts := range map[string][]string{
		"known":   {`"apiKey": "later"`, `"baseUrl": "https://later/anthropic"`},
		"managed": {"printenv", "allowedBaseUrls", `"a": 1`},
		"catalog": {idSonnet},
		"models": {
			`"id": "custom:later/later"`, `"provider": "anthropic"`, `"id": "custom:later/later-2"`, `"displayName": "later"`,
			`/later/v1"`, `"apiKey": "later"`, `"maxOutputTokens": 7`, `"maxContextLimit": 7`, `"noImageSupport": true`,
			`"enableThinking": true`, `"thinkingMaxTokens": 7`, `"reasoningEffort": "low"`, `"X-A": "b"`, `"extraArgs"`,
			`"baseUrl": "https://later.example.com/v1"`, `"X-A": "later"`, `"id": "custom:later/x"`, `"id": "custom:later/y"`,
			`"model": "custom:later/later"`,
		},
	} {
		checks = append(checks, statecheck.ExpectKnownValue("factory_custom_models."+name,
			tfjsonpath.New("settings_json"), knownvalue.StringFunc(func(text string) error {
				for _, part := range parts {
					assert.Contains(t, text, part)
				}
				return nil
			})))
	}
	step := in(codertest.Environ{}, resource.TestStep{
		Config:          read(t, "testdata", "unknown.tf"),
		ConfigVariables: config.Variables{"deployment": config.StringVariable(s.URL)},
	})
	first, second, renamed := step, step, step
	first.ConfigStateChecks, second.ConfigPlanChecks = checks, nothingPlanned
	renamed.ConfigVariables = config.Variables{
		"deployment": config.StringVariable(s.URL), "renamed": config.BoolVariable(true),
	}
	resource.UnitTest(t, resource.TestCase{
		// terraform_data
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_4_0)},
		Steps:                  []resource.TestStep{first, second, renamed},
	})
}
