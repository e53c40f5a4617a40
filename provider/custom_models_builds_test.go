package provider

import (
	"net/http"
	"strings"
	"testing"

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

// What a build keeps for the next: in a Coder build the catalog is read at apply, and one that can't be read keeps the
// previous one, as a stop does. Each start makes one token in place of the previous one, and nothing of the session
// token comes out.
func TestBuilds(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	build := func(n string) codertest.Environ {
		return s.WorkspaceStart().With("CODER_WORKSPACE_BUILD_ID", n+"c0ffee0-7a0c-4f0e-a1f0-6a5d6b9e2b11")
	}
	step := func(env codertest.Environ, before func(), entries ...string) resource.TestStep {
		return in(env, resource.TestStep{
			PreConfig: before, ExpectNonEmptyPlan: true,
			Config: strings.Replace(catalogOnly, "{}", "{}\n token_scope = \"gateway\"\n token_lifetime = \"24h\"", 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("model_ids")),
			}},
			ConfigStateChecks: append(rendered(t, s.Token, false, entries...),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("model_ids"), knownvalue.ListExact([]knownvalue.Check{
					knownvalue.StringExact(idSonnet), knownvalue.StringExact(idCodex),
				})),
				document(func(text string) error {
					require.Len(t, s.Tokens(), 1)
					assert.EqualValues(t, 24*3600, s.Tokens()[0].LifetimeSeconds)
					for _, entry := range entriesOf(t, text) {
						assert.Equal(t, s.Tokens()[0].Secret, entry.APIKey)
					}
					return nil
				}),
			),
		})
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		step(build("1"), nil, idSonnet, idCodex),
		step(stopping(build("2")), nil),
		step(build("3"), func() {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
				broken := strings.Contains(r.URL.Path, "/chats/")
				if broken {
					w.WriteHeader(http.StatusForbidden)
				}
				return broken
			}
		}, idSonnet, idCodex),
	}})
}
