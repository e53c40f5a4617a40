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
	"github.com/stretchr/testify/require"

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

// In a Coder build the catalog is read at apply. A list that can't be read keeps the previous one, and so does a stop.
func TestCatalogInBuilds(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	next := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next-token")
	stop := stopping(s.WorkspaceStart())
	step := func(env codertest.Environ, before func(), checks ...statecheck.StateCheck) resource.TestStep {
		return in(env, resource.TestStep{
			PreConfig: before, Config: catalogOnly, ConfigStateChecks: checks, ExpectNonEmptyPlan: true,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("model_ids")),
			}},
		})
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(s.WorkspaceStart(), nil, append(rendered(t, s.Token, true, idSonnet, idCodex), hasIDs(idSonnet, idCodex))...),
		step(stop, nil, append(rendered(t, s.Token, false), hasIDs(idSonnet, idCodex))...),
		step(next, func() {
			s.Token = "next-token"
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				broken := strings.Contains(r.URL.Path, "/chats/")
				if broken {
					w.WriteHeader(http.StatusForbidden)
				}
				return broken
			}
		}, append(rendered(t, "next-token", true, idSonnet, idCodex), hasIDs(idSonnet, idCodex))...),
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
}

// Each start makes one token, in place of the previous one. Nothing of the session token comes out. A start for which
// the session token is wanted again deletes it.
func TestTokenScopeInStarts(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	build := func(n string) codertest.Environ {
		return s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", n+"c0ffee0-7a0c-4f0e-a1f0-6a5d6b9e2b11")
	}
	config := one("droid", "claude", "anthropic", "token_scope = \"gateway\"\n token_lifetime = \"24h\"")
	step := func(env codertest.Environ, config string, check statecheck.StateCheck) resource.TestStep {
		return in(env, resource.TestStep{
			Config: config, ConfigStateChecks: []statecheck.StateCheck{check}, ExpectNonEmptyPlan: true,
		})
	}
	made := document(func(text string) error {
		require.Len(t, s.Tokens(), 1)
		assert.EqualValues(t, 24*3600, s.Tokens()[0].LifetimeSeconds)
		assert.Equal(t, s.Tokens()[0].Secret, entriesOf(t, text)[0].APIKey)
		return nil
	})
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(build("1"), config, made),
		step(build("2"), config, made),
		step(build("3"), config, tokenInState{s.Token, false}),
		step(stopping(build("4")), config, tokenInState{s.Token, false}),
		step(build("5"), oneModel, tokenInState{s.Token, true}),
	}})
	assert.Empty(t, s.Tokens(), "nothing needs it any more")
}

// The session token never takes the place of a token that can't be made, or that only a workspace build makes.
func TestTokenScopeWithoutAToken(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
		}
		return r.Method == http.MethodPost
	}
	config := strings.TrimSuffix(oneModelJSON, "}") + `,"token_scope":"gateway"}`
	state, diags := newInProcess(t, s.WorkspaceStart()).apply(t, `{"verification":"require"}`, config)
	assert.Nil(t, state)
	assert.Contains(t, said(diags), "ERROR: Gateway Token Not Made")
	for _, env := range []codertest.Environ{s.WorkspaceStart(), byHand(s)} {
		state, diags = newInProcess(t, env).apply(t, `{}`, config)
		assert.Contains(t, said(diags), "WARNING: ")
		require.NotNil(t, state, said(diags))
		assert.Len(t, entriesOf(t, state.text["settings_json"]), 1, "the model, without a key")
		assert.NotContains(t, state.text["settings_json"], s.Token)
	}
	_, diags = newInProcess(t, s.WorkspaceStart()).plan(t, `{"verification":"skip"}`, config)
	assert.Contains(t, said(diags), "ERROR: Gateway Token Needs the Deployment")
}
