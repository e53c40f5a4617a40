package provider

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

var hclBlock = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")

const bothProviders = `terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}

`

// Every template in a guide is formatted and can be planned; what it leaves out is the terraform block.
func TestGuideTemplates(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	require.NoError(t, builtCoder())
	c := emptyCLI(t)
	write(t, filepath.Join(c.dir, "main.tf"), bothProviders)
	c.run(t, codertest.Environ{}, "init")
	guides, err := filepath.Glob("../docs/guides/*.md")
	require.NoError(t, err)
	blocks := 0
	for _, guide := range guides {
		for _, found := range hclBlock.FindAllStringSubmatch(read(t, guide), -1) {
			blocks++
			text := found[1]
			if !strings.Contains(text, "required_providers") {
				text = bothProviders + text
			}
			file := filepath.Join(c.dir, "main.tf")
			write(t, file, text)
			out, err := c.try(codertest.Environ{}, "fmt", "-check", "-diff")
			require.NoError(t, err, "%s: %s", guide, out)
			out, err = c.try(s.WorkspaceStart(), "plan", "-no-color")
			require.NoError(t, err, "%s: %s\n%s", guide, out, text)
			assert.Contains(t, out, "# factory_custom_models.droid will be created", guide)
			assert.NotContains(t, out, "Warning:", guide)
		}
	}
	assert.GreaterOrEqual(t, blocks, 8)
}

// What the troubleshooting guide says that the provider and the script say, they do say.
func TestGuideMessages(t *testing.T) {
	t.Parallel()
	said := sources(t)
	_, text, found := strings.Cut(read(t, "../docs/guides/troubleshooting.md"), "## What the provider says")
	require.True(t, found)
	provider, script, found := strings.Cut(text, "## What the script says")
	require.True(t, found)
	summary := regexp.MustCompile(`(?m)^\| ([A-Z][^|]+) \|`).FindAllStringSubmatch(provider, -1)
	require.Greater(t, len(summary), 10)
	for _, row := range summary {
		if !strings.Contains(said, `"`+row[1]+`"`) {
			assert.Fail(t, "nothing says this", row[1])
		}
	}
	rows := regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(script, -1)
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		for _, message := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			words := regexp.MustCompile(`^:\d+:\d+: |\d+ added$|\d+$`).ReplaceAllString(message[1], "")
			if !strings.Contains(said, strings.TrimSpace(words)) {
				assert.Fail(t, "nothing says this", words)
			}
		}
	}
}

// sources are the texts of the provider, of the packages below internal and of the script.
func sources(t *testing.T) string {
	t.Helper()
	said := ""
	for _, folder := range []string{".", "../internal"} {
		require.NoError(t, filepath.WalkDir(folder, func(file string, _ fs.DirEntry, err error) error {
			if slices.Contains([]string{".go", ".sh", ".awk"}, filepath.Ext(file)) && !strings.HasSuffix(file, "_test.go") {
				said += read(t, file)
			}
			return err
		}))
	}
	return said
}
