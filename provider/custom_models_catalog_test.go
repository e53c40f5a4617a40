package provider

import (
	"fmt"
	"net/http"
	"path/filepath"
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
  catalog = {}
}
`

func named(names ...string) []statecheck.StateCheck {
	var checks []knownvalue.Check
	for _, name := range names {
		checks = append(checks, knownvalue.StringExact(name))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("names"), knownvalue.ListExact(checks))}
}

const (
	sonnet = "claude-sonnet-4-5-20250929"
	codex  = "gpt-5.2-codex"
)

// In a Coder build the catalogue is read at apply, and what an administrator changes shows at the next start. A stop keeps it.
func TestCatalogInBuilds(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	next := s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next-token")
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{
			Config: catalogOnly, ConfigStateChecks: append(named(sonnet, codex), rendered(s.Token, true, idSonnet, idCodex)...),
			ExpectNonEmptyPlan: true, // only apply can tell
		}),
		in(stop, resource.TestStep{Config: catalogOnly, ConfigStateChecks: append(named(sonnet, codex), rendered(s.Token, false)...)}),
		in(next, resource.TestStep{
			PreConfig: func() {
				s.Token = "next-token"
				s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.Contains(r.URL.Path, "/chats/") {
						return false
					}
					w.Header().Set("Retry-After", "60")
					w.WriteHeader(http.StatusTooManyRequests)
					return true
				}
			},
			Config: catalogOnly, ConfigStateChecks: append(named(sonnet, codex), rendered("next-token", true, idSonnet, idCodex)...),
			ExpectNonEmptyPlan: true,
		}),
		in(next, resource.TestStep{
			PreConfig: func() {
				s.Fail = nil
				s.Catalog = append(s.Catalog[1:], codertest.Offer("openai", "gpt-6", "GPT 6"))
			},
			Config: catalogOnly,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("names")),
			}},
			ExpectNonEmptyPlan: true,
			ConfigStateChecks:  named(codex, "gpt-6"),
		}),
	}})
}

// Outside of Coder an unchanged catalogue gives an empty plan, and a changed one an update.
func TestCatalogOutside(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	file := filepath.Join(t.TempDir(), "settings.json")
	config := fmt.Sprintf("resource \"factory_custom_models\" \"droid\" {\n  catalog    = { exclude = [\"*haiku*\"] }\n  local_path = %q\n}\n", file)
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(env, resource.TestStep{Config: config, ConfigStateChecks: named(sonnet, codex)}),
		in(env, resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
		in(env, resource.TestStep{
			PreConfig: func() { s.Catalog = s.Catalog[1:] },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: named(codex),
		}),
		in(env, resource.TestStep{PreConfig: s.Close, Config: config, ConfigPlanChecks: nothingPlanned}),
	}})
	assert.NotContains(t, read(t, file), "custom:coder/", "destroy removed them, though the deployment was away")
}

// A list that could not be had leaves what is in the file.
func TestCatalogKeeps(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Catalog = nil
	file := filepath.Join(t.TempDir(), "settings.json")
	const before = `{"customModels": [{"model": "m", "id": "custom:coder/old", "baseUrl": "https://gw/openai/v1", "apiKey": "t", "provider": "openai"}]}`
	write(t, file, before)
	env := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
	c := newCLI(t, fmt.Sprintf("resource \"factory_custom_models\" \"droid\" {\n  catalog    = {}\n  local_path = %q\n}\n", file))
	out := c.run(t, env, "apply", "-auto-approve", "-no-color")
	assert.Contains(t, out, "No Model Catalogue in This Release")
	assert.Contains(t, strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " "), "The models that the workspace has from before stay as they are.")
	assert.Equal(t, fmt.Sprintf("%q", before), fmt.Sprintf("%q", read(t, file)), "every byte stays")
	c.run(t, env, "destroy", "-auto-approve")
	assert.NotContains(t, read(t, file), "custom:coder/old")
}

// What is wrong in a catalogue is refused at plan.
func TestCatalogRefused(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for _, c := range []struct{ body, want string }{
		{"", "No Models Wanted"},
		{`catalog = { source = "vendor" }`, `catalog.source must be "coder" or "upstream".`},
		{`catalog = { source = "upstream" }`, "Catalogue Without Include"},
		{`catalog = { source = "upstream", include = [] }`, "Catalogue Without Include"},
		{`catalog = { include = ["gpt-["] }`, "catalog.include[0] must be a glob"},
		{`catalog = { exclude = ["a", ""] }`, "catalog.exclude[1] must be a glob"},
		{`catalog = { include = [null] }`, "catalog.include[0] must not be null."},
	} {
		t.Run(c.body, func(t *testing.T) {
			t.Parallel()
			config := "resource \"factory_custom_models\" \"droid\" {\n" + c.body + "\n}\n"
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(s.WorkspaceStart(), resource.TestStep{Config: config, PlanOnly: true, ExpectError: saying(c.want)}),
			}})
		})
	}
	skip := "provider \"factory\" { verification = \"skip\" }\n" + catalogOnly
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: skip, PlanOnly: true, ExpectError: saying("Catalogue Without Calls")}),
	}})
}

// An unknown default model is an error where the template names all models, and a warning where the deployment does.
func TestCatalogDefault(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	s.Catalog = []codersdk.ChatModelConfig{s.Catalog[1]}
	c := newCLI(t, "resource \"factory_custom_models\" \"droid\" {\n  catalog       = {}\n  default_model = \"gone\"\n}\n")
	out := c.run(t, s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")
	require.Contains(t, out, "Warning: Unknown Default Model")
}
