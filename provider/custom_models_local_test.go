package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

const personal = `{
  // my own
  "theme": "dark",
  "customModels": [
    { "model": "mine", "id": "custom:mine", "baseUrl": "http://127.0.0.1/v1", "provider": "openai" } // keep
  ]
}
`

func localConfig(path, rest string) string {
	return fmt.Sprintf(`
resource "factory_custom_models" "droid" {
  models     = [{ model = "claude", provider = "anthropic" }]
  local_path = %q
  %s
}
`, path, rest)
}

func TestLocalFile(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	home := t.TempDir()
	file, moved := filepath.Join(home, ".factory", "settings.json"), filepath.Join(home, "moved", "settings.json")
	write(t, file, personal)
	holds := func(path string, words ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			text := read(t, path)
			for _, word := range append(words, "// my own", "// keep", "custom:mine") {
				assert.Contains(t, text, word)
			}
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			return nil
		}
	}
	config := localConfig(file, "")
	resource.UnitTest(t, resource.TestCase{
		CheckDestroy: func(*terraform.State) error {
			assert.Equal(t, personal, read(t, moved), "destroy gives the person's file back")
			return nil
		},
		Steps: []resource.TestStep{
			in(s.WorkspaceStart(), resource.TestStep{Config: config, Check: holds(file, "custom:coder/claude", s.Token)}),
			in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigPlanChecks: nothingPlanned}),
			in(s.WorkspaceStart(), resource.TestStep{ // a change elsewhere in the file is none of ours
				PreConfig: func() { write(t, file, "\n"+read(t, file)) }, Config: config, ConfigPlanChecks: nothingPlanned,
			}),
			in(s.WorkspaceStart(), resource.TestStep{ // ours gone
				PreConfig: func() { write(t, file, personal) }, Config: config, ConfigPlanChecks: updateInPlace(),
				Check: holds(file, "custom:coder/claude"),
			}),
			in(s.WorkspaceStart(), resource.TestStep{
				Config: localConfig(file, `namespace = "team"`), Check: func(*terraform.State) error {
					assert.NotContains(t, read(t, file), "custom:coder/")
					return holds(file, "custom:team/claude")(nil)
				},
			}),
			in(s.WorkspaceStart().With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", ""), resource.TestStep{
				Config: localConfig(file, `namespace = "team"`), Check: func(*terraform.State) error {
					assert.Equal(t, personal, read(t, file), "a dead token does not stay")
					return nil
				},
			}),
			in(s.WorkspaceStart(), resource.TestStep{
				PreConfig: func() { write(t, moved, personal) }, Config: localConfig(moved, ""), Check: func(*terraform.State) error {
					assert.Equal(t, personal, read(t, file))
					return holds(moved, "custom:coder/claude")(nil)
				},
			}),
		},
	})
}

func TestLocalFileMissing(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	file := filepath.Join(t.TempDir(), ".factory", "settings.json")
	config := localConfig(file, `default_model = "claude"`)
	resource.UnitTest(t, resource.TestCase{
		CheckDestroy: func(*terraform.State) error {
			assert.Equal(t, "{}", read(t, file))
			return nil
		},
		Steps: []resource.TestStep{
			in(s.WorkspaceStart(), resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{document(func(text string) error {
				assert.Equal(t, text, read(t, file))
				return nil
			})}}),
			in(s.WorkspaceStart(), resource.TestStep{
				PreConfig: func() { require.NoError(t, os.Remove(file)) }, Config: config, ConfigPlanChecks: updateInPlace(),
			}),
		},
	})
}

func TestLocalFileRefused(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.json")
	write(t, broken, "{\n  \"theme\": \"dark\",\n}\n")
	strange := filepath.Join(dir, "strange.json")
	write(t, strange, `{"customModels":[{"provider":"google","model":"m","baseUrl":"b"}]}`)
	for _, c := range []struct{ name, path, want string }{
		{"trailing comma", broken, "broken.json:3:1: trailing comma"},
		{"a provider that Droid chokes on", strange, "strange.json:1:30: provider makes Droid drop every model"},
		{"folder's folder missing", filepath.Join(dir, "no", "such", "settings.json"), "no such file or directory"},
		{"a folder", dir, "is a directory"},
		{"below a file", filepath.Join(broken, "settings.json"), "not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before, _ := os.ReadFile(c.path)
			resource.UnitTest(t, resource.TestCase{Steps: []resource.TestStep{
				in(s.WorkspaceStart(), resource.TestStep{Config: localConfig(c.path, ""), ExpectError: saying(c.want)}),
			}})
			after, _ := os.ReadFile(c.path)
			assert.Equal(t, string(before), string(after))
		})
	}
}
