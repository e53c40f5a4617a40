package provider

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func managedConfig(lines string) string {
	return "resource \"factory_custom_models\" \"droid\" {\n  delivery = \"managed\"\n  models = [{ model = \"m\", provider = \"openai\" }]\n" + lines + "\n}\n"
}

// environment checks what the workspace gets: the document without the token, the token, and where Droid finds the file.
func environment(token, file string) []statecheck.StateCheck {
	const prefix = "FACTORY_CUSTOM_MODELS_CODER"
	want := map[string]knownvalue.Check{
		prefix: knownvalue.StringFunc(func(value string) error {
			_, document, _ := strings.Cut(value, ":")
			text, err := base64.StdEncoding.DecodeString(document)
			if err == nil && (!json.Valid(text) || token != "" && strings.Contains(string(text), token)) {
				err = fmt.Errorf("the document is %s", text)
			}
			return err
		}),
		prefix + "_TOKEN": knownvalue.StringExact(token),
	}
	if file != "" {
		want["FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"] = knownvalue.StringExact(file)
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("env"), knownvalue.MapExact(want))}
}

// In a managed file there is no token; it is a variable of the workspace.
func TestManaged(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	stop := s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	further := "default_model = \"m\"\ngateway_only = true\nmanaged_settings = jsonencode({ hooks = {}, sessionDefaultSettings = { autonomy = \"low\" } })"
	document := func(check func(string) error) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_json"), knownvalue.StringFunc(check))
	}
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{
			Config:            managedConfig(""),
			ConfigStateChecks: append(environment(s.Token, "$HOME/.factory/coder-managed.json"), statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_path"), knownvalue.StringExact("~/.factory/coder-managed.json"))),
		}),
		in(s.WorkspaceStart(), resource.TestStep{Config: managedConfig(""), ConfigPlanChecks: nothingPlanned}),
		in(stop, resource.TestStep{Config: managedConfig(""), ConfigStateChecks: environment("", "$HOME/.factory/coder-managed.json")}),
		in(s.WorkspaceStart(), resource.TestStep{Config: managedConfig(further + "\nsettings_path = \"/opt/x.json\""), ConfigStateChecks: append(environment(s.Token, "/opt/x.json"), document(func(text string) error {
			for _, part := range []string{`"hooks": {}`, `"autonomy": "low"`, `"model": "custom:coder/m"`, `"allowedBaseUrls"`, `"apiKeyHelper": "printenv FACTORY_CUSTOM_MODELS_CODER_TOKEN"`} {
				if !strings.Contains(text, part) {
					return fmt.Errorf("no %s in %s", part, text)
				}
			}
			return nil
		}))}),
		in(s.WorkspaceStart(), resource.TestStep{Config: managedConfig("settings_path = \"/etc/factory/settings.json\""), ConfigStateChecks: environment(s.Token, "")}),
		in(s.WorkspaceStart(), resource.TestStep{
			Config: strings.Replace(managedConfig(""), `"managed"`, `"merge"`, 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: append(rendered(s.Token, true, "custom:coder/m"), statecheck.ExpectKnownValue(address, tfjsonpath.New("settings_path"), knownvalue.StringExact("~/.factory/settings.json"))),
		}),
		in(s.WorkspaceStart(), resource.TestStep{
			Config:            strings.Replace(managedConfig("settings_path = \"/etc/factory/settings.json\""), `"managed"`, `"merge"`, 1),
			ConfigStateChecks: environment(s.Token, ""), // every user of the workspace may read that file
		}),
	}})
}

// What does not go together is refused at plan.
func TestManagedRefused(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	plain := strings.Replace(managedConfig("LINES"), `"managed"`, `"merge"`, 1)
	for _, c := range []struct{ config, lines, want string }{
		{plain, `gateway_only = true`, "gateway_only is for a managed file"},
		{plain, `managed_settings = "{}"`, "managed_settings is for a managed file"},
		{strings.Replace(plain, `"merge"`, `"both"`, 1), "", `delivery must be "merge" or "managed".`},
		{managedConfig("LINES"), `managed_settings = "[]"`, "managed_settings must be a JSON object"},
		{managedConfig("LINES"), `managed_settings = "{"`, "managed_settings must be a JSON object"},
		{managedConfig("LINES"), `managed_settings = jsonencode({ customModels = [] })`, "managed_settings must not hold customModels"},
		{managedConfig("LINES"), "default_model = \"m\"\nmanaged_settings = jsonencode({ sessionDefaultSettings = { model = \"x\" } })", "because default_model is set"},
		{managedConfig("LINES"), `settings_path = "~/.factory/settings.json"`, "Settings Path Not for a Managed File"},
		{managedConfig("LINES"), `settings_path = "/x/$HOME"`, "Settings Path Not for a Managed File"},
		{managedConfig("LINES"), fmt.Sprintf("local_path = %q", filepath.Join(t.TempDir(), "x")), "local_path is a person's own file"},
		{strings.Replace(managedConfig("LINES"), `"openai" }`, `"openai", base_url = "https://o/v1" }`, 1), "gateway_only = true", "Model Blocked by gateway_only"},
	} {
		t.Run(c.want+" "+c.lines, func(t *testing.T) {
			t.Parallel()
			config := strings.Replace(c.config, "LINES", c.lines, 1)
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(s.WorkspaceStart(), resource.TestStep{Config: config, PlanOnly: true, ExpectError: saying(c.want)}),
			}})
		})
	}
}

// A personal key brings the token into the file all the same, and the plan says so.
func TestManagedPersonalKey(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, strings.Replace(managedConfig(""), `"openai" }`, `"openai", api_key = "$${KEY}" }`, 1))
	assert.Contains(t, c.run(t, s.WorkspaceStart(), "plan", "-no-color"), "Warning: Token in the Managed File")
}
