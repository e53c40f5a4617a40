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

var (
	hclBlock = regexp.MustCompile("(?ms)^```(?:terraform|tf)\n(.*?)^```$")
	// published are the registry's modules in a template, which the tests have in a folder.
	published = regexp.MustCompile(`"registry\.coder\.com/coder/([\w-]+)/coder"\n *version +=.*`)
	planned   = regexp.MustCompile(`factory_custom_models\.\w+ will be created`)
	wanted    = regexp.MustCompile(`resource "factory_custom_models"|"\./modules/droid"`)
)

// What a template in a guide leaves out; in the module's README also the agent.
const (
	bothProviders = `terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}

`
	someAgent = `resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

`
)

// Every example, and every template in a guide and in the module's README, is formatted and can be planned. Those in
// examples/templates have other providers and are planned by TestTemplates.
func TestExamplesAndGuides(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	require.NoError(t, builtCoder())
	shown := make(map[string]string) // files, by the templates in them
	for _, file := range filesBelow(t, "../examples", "../docs/guides", "../modules/droid") {
		text, head := read(t, file), bothProviders
		switch filepath.Ext(file) {
		case ".tf":
			if !strings.HasPrefix(file, "../modules") && !strings.HasPrefix(file, "../examples/templates") {
				shown[strings.ReplaceAll(text, "../../../modules/", "./modules/")] = file
			}
		case ".md":
			if strings.HasPrefix(file, "../modules") {
				head += someAgent
			}
			for _, found := range hclBlock.FindAllStringSubmatch(text, -1) {
				template := head + found[1]
				if strings.Contains(found[1], "required_providers") {
					template = found[1]
				}
				shown[published.ReplaceAllString(template, `"./modules/$1"`)] = file
			}
		}
	}
	require.GreaterOrEqual(t, len(shown), 25)
	for text, file := range shown {
		t.Run(strings.TrimPrefix(file, "../"), func(t *testing.T) {
			t.Parallel()
			c := emptyCLI(t)
			if strings.Contains(text, "startswith(") || strings.Contains(text, "./modules/") {
				c = newModule(t, "modules/droid")
			}
			// A stand-in with the inputs and outputs of the registry's module.
			write(t, filepath.Join(c.dir, "modules/agent-firewall/main.tf"), read(t, "testdata/agent-firewall.tf"))
			write(t, filepath.Join(c.dir, "main.tf"), text)
			out, err := c.try(codertest.Environ{}, "fmt", "-check", "-diff")
			require.NoError(t, err, out)
			c.run(t, codertest.Environ{}, "init")
			out = c.run(t, ofTemplate(s.WorkspaceStart()), "plan", "-no-color")
			assert.Len(t, planned.FindAllString(out, -1), len(wanted.FindAllString(text, -1)))
			assert.NotContains(t, out, "Warning:")
			c.run(t, ofTemplate(importing(s)), "plan")
		})
	}
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
	shown := make(map[string]string) // expressions, by where they are
	for _, file := range append(filesBelow(t, "../templates", "../examples", "../modules"), "../README.md") {
		for i, found := range startupScript.FindAllStringSubmatch(read(t, file), -1) {
			if scriptOf.MatchString(found[1]) {
				place := regexp.MustCompile(`\W+`).ReplaceAllString(strings.TrimPrefix(file, "../"), "-")
				shown[fmt.Sprintf("%s-%d", place, i)] = found[1]
			}
		}
	}
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
				if name != failing[1] {
					cmd.Env = append(cmd.Env, assignments(env)...)
				}
			}
			out, err := cmd.CombinedOutput()
			assert.Contains(t, string(out), "is not set", place)
			assert.Error(t, err, "%s: the failure of %s is lost", place, failing[1])
		}
	}
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
