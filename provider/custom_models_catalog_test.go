package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const catalogOnly = `
resource "factory_custom_models" "droid" {
  catalog {}
}
`

// hasIDs checks the attribute model_ids.
func hasIDs(ids ...string) statecheck.StateCheck {
	var checks []knownvalue.Check
	for _, id := range ids {
		checks = append(checks, knownvalue.StringExact(id))
	}
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("model_ids"), knownvalue.ListExact(checks))
}

// In a Coder build the catalog is read at apply, and what an administrator changes shows at the next start. A list that
// can't be read keeps the previous one, and so does a stop.
func TestCatalogInBuilds(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	next := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next-token")
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	step := func(env codertest.Environ, before func(), checks ...statecheck.StateCheck) resource.TestStep {
		return in(env, resource.TestStep{
			PreConfig: before, Config: catalogOnly, ConfigStateChecks: checks, ExpectNonEmptyPlan: true,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("model_ids")),
			}},
		})
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(s.WorkspaceStart(), nil, append(rendered(s.Token, true, idSonnet, idCodex), hasIDs(idSonnet, idCodex))...),
		step(stop, nil, append(rendered(s.Token, false), hasIDs(idSonnet, idCodex))...),
		step(next, func() {
			s.Token = "next-token"
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/chats/") {
					return false
				}
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
		}, append(rendered("next-token", true, idSonnet, idCodex), hasIDs(idSonnet, idCodex))...),
		step(next, func() {
			s.Fail = nil
			s.Catalog = append(s.Catalog[1:], codertest.Offer("openai", "gpt-6", "GPT 6"))
		}, hasIDs(idCodex, "custom:coder/gpt-6")),
	}})
}

// What the deployment lacks at apply is a warning, an unknown default model among it. A catalog without calls is
// refused at plan.
func TestCatalogMessages(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Catalog = []codersdk.ChatModelConfig{s.Catalog[1]}
	_, diags := newInProcess(t, s.WorkspaceStart()).apply(t, "{}", `{"catalog":{},"default_model":"gone"}`)
	assert.False(t, failed(diags))
	assert.Contains(t, said(diags), "WARNING: Unknown Default Model")
	assert.Contains(t, said(diags), `"gpt-5.2-codex"`)
	_, diags = newInProcess(t, s.WorkspaceStart()).plan(t, `{"verification":"skip"}`, `{"catalog":{}}`)
	assert.Contains(t, said(diags), "ERROR: Catalog Without Calls")
	s.Catalog = nil
	state, diags := newInProcess(t, s.WorkspaceStart()).apply(t, "{}", `{"catalog":{}}`)
	assert.Contains(t, said(diags), "WARNING: ")
	assert.Empty(t, entriesOf(t, state.text["settings_json"]))
}
