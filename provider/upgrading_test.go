package provider

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

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
	outside := codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
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
	files := []string{"../README.md"}
	for _, folder := range []string{"../examples", "../templates", "../docs"} {
		require.NoError(t, filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, file)
			}
			return err
		}))
	}
	pinned := 0
	for _, file := range files {
		for _, found := range ourSource.FindAllStringSubmatch(read(t, file), -1) {
			pinned++
			assert.Equal(t, makefile[1], found[2], "%s: version = %q belongs below the source", file, makefile[1])
		}
	}
	assert.GreaterOrEqual(t, pinned, 10)
}
