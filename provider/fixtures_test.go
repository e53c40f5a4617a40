package provider

import (
	"encoding/json"
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

const address = "factory_custom_models.droid"

// The two documents of Coder's guide come out of two small configurations.
func TestGuideDocuments(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"centralized", "byok"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			env := environ{"CODER_URL": "https://coder.example.com", "CODER_SESSION_TOKEN": "<your-coder-api-token>"}
			config := `provider "factory" { verification = "skip" }` + "\n" + read(t, "testdata", form+".tf")
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(env, resource.TestStep{Config: config, Check: func(s *terraform.State) error {
					got := s.RootModule().Resources[address].Primary.Attributes["settings_json"]
					golden := filepath.Join("testdata", form+".golden.json")
					if *update {
						write(t, golden, got)
					}
					assert.Equal(t, read(t, golden), got)
					assert.JSONEq(t, read(t, "testdata", form+".guide.json"), withoutOurs(t, got))
					return nil
				}}),
				in(env, resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			}})
		})
	}
}

var nothingPlanned = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

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
