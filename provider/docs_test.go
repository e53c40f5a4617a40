package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Every example is planned. coder/coder is built from its Go module; templates, which have other providers, are planned
// by TestTemplates.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	var files []string
	for _, pattern := range []string{"../examples/*/*.tf", "../examples/*/*/*.tf"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, found...)
	}
	require.GreaterOrEqual(t, len(files), 9)
	module, err := filepath.Abs("../modules/droid")
	require.NoError(t, err)
	for _, file := range files {
		if strings.Contains(file, "/templates/") {
			continue
		}
		t.Run(strings.TrimPrefix(file, "../examples/"), func(t *testing.T) {
			t.Parallel()
			text := read(t, file)
			if strings.Contains(text, "startswith(") || strings.Contains(text, "modules/droid") {
				needs(t, "v1.3.0", "startswith, and optional() in a variable's type")
			}
			c := emptyCLI(t)
			write(t, filepath.Join(c.dir, "main.tf"), strings.ReplaceAll(text, "../../../modules/droid", module))
			require.NoError(t, builtCoder())
			c.run(t, codertest.Environ{}, "init")
			out := c.run(t, ofTemplate(s.WorkspaceStart()), "plan", "-no-color")
			if strings.Contains(text, "resource ") {
				want := max(1, strings.Count(text, `"../../../modules/droid"`)) // a module has one
				assert.Equal(t, want, strings.Count(out, "factory_custom_models.droid will be created"))
			}
			c.run(t, ofTemplate(importing(s)), "plan")
		})
	}
}

var hclBlock = regexp.MustCompile("(?ms)^```(?:terraform|tf)\n(.*?)^```$")

// published are the registry's modules in a template, which the tests have in a folder.
var published = regexp.MustCompile(`"registry\.coder\.com/coder/([\w-]+)/coder"\n *version +=.*`)

const bothProviders = `terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}

`

// Every template in a guide and in the module's README is formatted and can be planned; what it leaves out is the
// terraform block, and in the README the agent.
func TestGuideTemplates(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newModule(t, "modules/droid")
	// A stand-in with the inputs and outputs of the registry's module.
	write(t, filepath.Join(c.dir, "modules", "agent-firewall", "main.tf"), `variable "agent_id" {}
variable "agent_firewall_config" {
  validation {
    condition     = yamldecode(var.agent_firewall_config).allowlist[0] == "domain=127.0.0.1"
    error_message = "The first rule must allow the deployment."
  }
}
output "agent_firewall_wrapper_path" {
  value = "$HOME/wrapper.sh"
}
output "agent_firewall_config_path" {
  value = "$HOME/config.yaml"
}
`)
	guides, err := filepath.Glob("../docs/guides/*.md")
	require.NoError(t, err)
	blocks := 0
	for _, guide := range append(guides, "../modules/droid/README.md") {
		head := bothProviders
		if !slices.Contains(guides, guide) {
			head += "resource \"coder_agent\" \"main\" {\n  os   = \"linux\"\n  arch = \"amd64\"\n}\n\n"
		}
		for _, found := range hclBlock.FindAllStringSubmatch(read(t, guide), -1) {
			blocks++
			text := found[1]
			if !strings.Contains(text, "required_providers") {
				text = head + text
			}
			text = published.ReplaceAllString(text, `"./modules/$1"`)
			write(t, filepath.Join(c.dir, "main.tf"), text)
			out, err := c.try(codertest.Environ{}, "fmt", "-check", "-diff")
			require.NoError(t, err, "%s: %s", guide, out)
			c.run(t, codertest.Environ{}, "init")
			out, err = c.try(ofTemplate(s.WorkspaceStart()), "plan", "-no-color")
			require.NoError(t, err, "%s: %s\n%s", guide, out, text)
			assert.Regexp(t, `# (module\.droid\.)?factory_custom_models\.droid will be created`, out, guide)
			assert.NotContains(t, out, "Warning:", guide)
		}
	}
	assert.GreaterOrEqual(t, blocks, 16)
}

// What the troubleshooting guide says that the provider and the script say, they do say.
func TestGuideMessages(t *testing.T) {
	t.Parallel()
	said := ""
	for _, file := range filesBelow(t, ".", "../internal") {
		if slices.Contains([]string{".go", ".sh", ".awk"}, filepath.Ext(file)) && !strings.HasSuffix(file, "_test.go") {
			said += read(t, file)
		}
	}
	_, text, found := strings.Cut(read(t, "../docs/guides/troubleshooting.md"), "## What the provider says")
	require.True(t, found)
	provider, script, found := strings.Cut(text, "## What the script says")
	require.True(t, found)
	summaries := regexp.MustCompile(`[|,] ([A-Z][^|,]+)`).FindAllStringSubmatch(provider, -1)
	require.Greater(t, len(summaries), 10)
	for _, summary := range summaries {
		if words := strings.TrimSpace(summary[1]); !strings.Contains(said, `"`+words+`"`) {
			assert.Fail(t, "nothing says this", words)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(script, -1)
	require.GreaterOrEqual(t, len(rows), 5)
	for _, row := range rows {
		for _, message := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			words := regexp.MustCompile(`^:\d+:\d+: |\d+ added$|\d+$`).ReplaceAllString(message[1], "")
			if !strings.Contains(said, strings.TrimSpace(words)) {
				assert.Fail(t, "nothing says this", words)
			}
		}
	}
}

var (
	startupScript = regexp.MustCompile(`(?ms)^ *startup_script += (<<-EOT\n.*?\n *EOT|[^\n]*)$`)
	scriptOf      = regexp.MustCompile(`factory_custom_models\.(\w+)\.script`)
)

// Wherever we show a startup_script, the script's failure is that of the agent, and the user's login shell does not
// matter.
func TestStartupScriptsFailWithTheScript(t *testing.T) {
	t.Parallel()
	shown := startupScripts(t)
	require.GreaterOrEqual(t, len(shown), 10)
	c := newCLI(t, "")
	config := strings.Builder{}
	resources := map[string]bool{}
	for place, expression := range shown {
		for _, found := range scriptOf.FindAllStringSubmatch(expression, -1) {
			resources[found[1]] = true
		}
		fmt.Fprintf(&config, "output %q {\n  value = %s\n}\n", place, expression)
	}
	for name := range resources { // a namespace each, so that one can fail alone
		fmt.Fprintf(&config, "resource \"factory_custom_models\" %q {\n  namespace = %q\n}\n", name, name)
		fmt.Fprintf(&config, "output \"env-%s\" {\n  value = factory_custom_models.%[1]s.env\n  sensitive = true\n}\n", name)
	}
	write(t, filepath.Join(c.dir, "more.tf"), config.String())
	c.run(t, codertest.Environ{"CODER_WORKSPACE_TRANSITION": "stop"}, "apply", "-auto-approve")
	var outputs map[string]struct{ Value json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(c.run(t, codertest.Environ{}, "output", "-json")), &outputs))

	for place, expression := range shown {
		var script string
		require.NoError(t, json.Unmarshal(outputs[place].Value, &script))
		assert.True(t, strings.HasPrefix(script, "#!/bin/sh\n"), "%s: a login shell such as fish would run this", place)
		for _, failing := range scriptOf.FindAllStringSubmatch(expression, -1) {
			cmd := exec.Command("sh", "-c", script)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
			for name := range resources {
				var env map[string]string
				require.NoError(t, json.Unmarshal(outputs["env-"+name].Value, &env))
				for variable, document := range env {
					if name != failing[1] {
						cmd.Env = append(cmd.Env, variable+"="+document)
					}
				}
			}
			out, err := cmd.CombinedOutput()
			assert.Contains(t, string(out), "is not set", place)
			assert.Error(t, err, "%s: the failure of %s is lost", place, failing[1])
		}
	}
}

// startupScripts are the expressions that our texts, examples and modules give to startup_script, by where they are.
func startupScripts(t *testing.T) map[string]string {
	t.Helper()
	shown := make(map[string]string)
	for _, file := range append(filesBelow(t, "../templates", "../examples", "../modules"), "../README.md") {
		for i, found := range startupScript.FindAllStringSubmatch(read(t, file), -1) {
			if scriptOf.MatchString(found[1]) {
				place := regexp.MustCompile(`\W+`).ReplaceAllString(strings.TrimPrefix(file, "../"), "-")
				shown[fmt.Sprintf("%s-%d", place, i)] = found[1]
			}
		}
	}
	return shown
}

// A state that a later release wrote can be read: what this one does not know is left out. Only a new version of the
// schema keeps a provider from going back.
func TestDowngraded(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, oneModel)
	c.run(t, s.WorkspaceStart(), "apply", "-auto-approve")
	file := filepath.Join(c.dir, "terraform.tfstate")
	state := read(t, file)

	later := strings.Replace(state, `"attributes": {`, `"attributes": {
            "attribute_of_a_later_release": "x",`, 1)
	later = regexp.MustCompile(`"base_url": null,`).ReplaceAllString(later,
		`"base_url": null, "field_of_a_later_release": [1],`)
	require.Contains(t, later, "field_of_a_later_release")
	write(t, file, later)
	outside := byHand(s)
	assert.Contains(t, c.run(t, outside, "plan", "-no-color"), "Plan: 0 to add, 1 to change, 0 to destroy.")

	write(t, file, strings.Replace(state, `"schema_version": 0`, `"schema_version": 1`, 1))
	out, err := c.try(s.WorkspaceStart(), "plan", "-no-color")
	require.Error(t, err)
	assert.Contains(t, out, "newer provider version")
}

var ourSource = regexp.MustCompile(`(?s)source\s*=\s*"coder/factory"(,?\s*version\s*=\s*"([^"]*)")?`)

// Every example and every page that names the provider's source pins the release that this code will be.
func TestVersionIsPinned(t *testing.T) {
	t.Parallel()
	makefile := regexp.MustCompile(`(?m)^VERSION +\?= (\S+)$`).FindStringSubmatch(read(t, "../GNUmakefile"))
	require.NotNil(t, makefile)
	pinned := 0
	for _, file := range append(filesBelow(t, "../examples", "../templates", "../docs"), "../README.md") {
		for _, found := range ourSource.FindAllStringSubmatch(read(t, file), -1) {
			pinned++
			assert.Equal(t, makefile[1], found[2], "%s: version = %q belongs below the source", file, makefile[1])
		}
	}
	assert.GreaterOrEqual(t, pinned, 10)
}

// The pages stay short. What is generated and the module's code do not count.
func TestPagesStayShort(t *testing.T) {
	t.Parallel()
	words := func(file string) int { return len(strings.Fields(read(t, file))) }
	assert.LessOrEqual(t, words("../README.md"), 1100)
	all := 0
	for _, file := range append(filesBelow(t, "../templates"), "../README.md", "../SECURITY.md", "../CONTRIBUTING.md",
		"../modules/droid/README.md") {
		all += words(file)
	}
	assert.LessOrEqual(t, all, 13000)
}
