package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// With managed and system the document has no token: it is a variable of the workspace. Another delivery is an update in
// place.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	const variable = "FACTORY_CUSTOM_MODELS_CODER"
	const home = "$HOME/.factory/coder-managed.json"
	further := "  delivery = \"managed\"\n  default_model = \"m\"\n  gateway_only = true\n  settings_path = \"/opt/x.json\"\n" +
		"  managed_settings = jsonencode({ hooks = {}, sessionDefaultSettings = { autonomy = \"low\" } })"
	for _, c := range []struct {
		env         codertest.Environ
		lines       string
		token, file string // what the environment has, if there is more than the document
		parts       []string
	}{
		{s.WorkspaceStart(), "", "", "", []string{`"apiKey": "` + s.Token}},
		{s.WorkspaceStart(), `delivery = "managed"`, s.Token, home, []string{`"apiKeyHelper": "printenv ` + variable + `_TOKEN"`}},
		{stop, `delivery = "managed"`, "-", home, nil},
		{s.WorkspaceStart(), further, s.Token, "/opt/x.json", []string{
			`"hooks": {}`, `"autonomy": "low"`, `"model": "custom:coder/m"`, `"allowedBaseUrls"`, "printenv",
		}},
		{s.WorkspaceStart(), "delivery = \"system\"\ngateway_only = true", s.Token, "", []string{`"allowedBaseUrls"`, "printenv"}},
		{stop, `delivery = "system"`, "-", "", nil},
	} {
		want := map[string]knownvalue.Check{variable: knownvalue.NotNull()}
		if c.token != "" {
			want[variable+"_TOKEN"] = knownvalue.StringExact(strings.TrimPrefix(c.token, "-"))
		}
		if c.file != "" {
			want["FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"] = knownvalue.StringExact(c.file)
		}
		t.Run(c.lines, func(t *testing.T) {
			t.Parallel()
			checks := []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("env"), knownvalue.MapExact(want)),
				document(func(text string) error {
					if c.token != "" && strings.Contains(text, s.Token) {
						return fmt.Errorf("the document has the token: %s", text)
					}
					for _, part := range c.parts {
						if !strings.Contains(text, part) {
							return fmt.Errorf("no %s in %s", part, text)
						}
					}
					return nil
				}),
			}
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(s.WorkspaceStart(), resource.TestStep{Config: one("droid", "n", "openai", ""), ExpectNonEmptyPlan: true}),
				in(c.env, resource.TestStep{
					Config: one("droid", "m", "openai", c.lines), ConfigPlanChecks: updateInPlace(), ConfigStateChecks: checks,
					ExpectNonEmptyPlan: true,
				}),
			}})
		})
	}
}
