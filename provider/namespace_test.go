package provider

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/stretchr/testify/assert"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// A changed namespace leaves entries behind, unless former_namespaces names it: the plan says which line to add.
func TestChangedNamespace(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	config := func(lines string) string {
		return "resource \"factory_custom_models\" \"droid\" {\n  models = [{ model = \"m\", provider = \"openai\" }]\n" + lines + "}\n"
	}
	c := newCLI(t, config(""))
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")
	plan := func(lines string) string {
		text := read(t, c.dir, "main.tf")
		before, _, _ := strings.Cut(text, "resource")
		write(t, filepath.Join(c.dir, "main.tf"), before+config(lines))
		return strings.Join(strings.Fields(c.run(t, s.WorkspaceStart(), "plan", "-no-color")), " ")
	}
	out := plan("  namespace = \"team\"\n")
	assert.Contains(t, out, "Warning: Former Namespace Not Named")
	assert.Contains(t, out, `former_namespaces = ["coder"]`)
	out = plan("  namespace = \"team\"\n  former_namespaces = [\"coder\"]\n")
	assert.NotContains(t, out, "Warning")
	assert.Contains(t, out, "0 to add, 1 to change, 0 to destroy", "never a replacement")
	assert.NotContains(t, plan(""), "Warning")
}

func TestFormerNamespacesInALocalFile(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	file := filepath.Join(t.TempDir(), ".factory", "settings.json")
	write(t, file, strings.Replace(personal, "  ]", `    , { "model": "x", "id": "custom:old/x", "baseUrl": "http://old", "provider": "openai" }`+"\n  ]", 1))
	resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
		in(s.WorkspaceStart(), resource.TestStep{Config: localConfig(file, `former_namespaces = ["old"]`), Check: func(*terraform.State) error {
			assert.NotContains(t, read(t, file), "custom:old/")
			assert.Contains(t, read(t, file), "custom:mine")
			assert.Contains(t, read(t, file), "custom:coder/claude")
			return nil
		}}),
		in(s.WorkspaceStart(), resource.TestStep{Config: localConfig(file, `former_namespaces = ["old"]`), ConfigPlanChecks: nothingPlanned}),
	}})
}

func TestBadFormerNamespaces(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	for line, want := range map[string]string{
		`former_namespaces = ["old", "Not A Namespace"]`: "former_namespaces[1] must be lower-case letters",
		`former_namespaces = ["coder"]`:                  "former_namespaces[0] is \"coder\", which is the namespace that the resource has now",
	} {
		resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{in(s.WorkspaceStart(), resource.TestStep{
			Config: "resource \"factory_custom_models\" \"droid\" {\n  models = []\n  " + line + "\n}\n", PlanOnly: true, ExpectError: saying(want),
		})}})
	}
}
