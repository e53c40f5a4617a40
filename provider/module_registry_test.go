package provider

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inRegistry has the module where it is in a checkout of coder/registry, with its icon and its picture.
func inRegistry(t *testing.T) cli {
	t.Helper()
	const folder = "registry/coder/modules/droid"
	c := newModule(t, folder)
	require.NoError(t, os.CopyFS(filepath.Join(c.dir, ".icons"), os.DirFS("../.icons")))
	require.NoError(t, os.CopyFS(filepath.Join(c.dir, "registry/coder/.images"), os.DirFS("../.images")))
	c.dir = filepath.Join(c.dir, folder)
	return c
}

// What coder/registry documents about a module, for each of which its continuous integration is red. Beside it, each
// variable but the switches has a validation, and a test that a bad value is refused.
func TestRegistryLayout(t *testing.T) {
	t.Parallel()
	c := inRegistry(t)
	assert.FileExists(t, filepath.Join(c.dir, "main.test.ts"))
	tests := 0
	for _, file := range filesBelow(t, c.dir) {
		if strings.HasSuffix(file, ".tftest.hcl") {
			tests++
			assert.Equal(t, c.dir, filepath.Dir(file), "`terraform test` runs in the folder of a test")
		}
	}
	assert.NotZero(t, tests)
	block := regexp.MustCompile(`(?ms)^(variable|output) "(.*?)" \{\n(.*?)^\}`)
	refused := read(t, c.dir, "refused.tftest.hcl")
	blocks := block.FindAllStringSubmatch(read(t, c.dir, "variables.tf")+read(t, c.dir, "outputs.tf"), -1)
	require.Greater(t, len(blocks), 30)
	for _, b := range blocks {
		kind, name, body := b[1], b[2], b[3]
		assert.Regexp(t, `^[a-z_]+$`, name, "snake case")
		assert.Regexp(t, `^  description += ".`, body, "the description of %s comes first", name)
		if sensitive := "  sensitive = true\n"; strings.Contains(body, sensitive) {
			assert.True(t, strings.HasSuffix(body, sensitive), "sensitive is the last line of %s", name)
		}
		if kind == "variable" && !regexp.MustCompile(`(?m)^  type +=  *bool$`).MatchString(body) {
			validations := strings.Count(body, "\n  validation {")
			assert.NotZero(t, validations, name)
			assert.GreaterOrEqual(t, strings.Count(refused, "[var."+name+"]"), validations, name)
		}
	}
	checkReadme(t, c.dir)
}

// checkReadme checks the README of a module as coder/registry documents it in CONTRIBUTING.md and SKILL.md.
func checkReadme(t *testing.T, dir string) {
	t.Helper()
	text := read(t, dir, "README.md")
	parts := strings.SplitN(text, "---\n", 3)
	require.Len(t, parts, 3, "a README begins with front matter")
	front := map[string]string{}
	for line := range strings.Lines(parts[1]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		assert.Contains(t, []string{"display_name", "description", "icon", "verified", "tags"}, key)
		front[key] = value
	}
	assert.NotEmpty(t, front["description"])
	assert.True(t, strings.HasPrefix(front["icon"], "../../../../.icons/"), front["icon"])
	assert.FileExists(t, path.Join(dir, front["icon"]))
	assert.Equal(t, "false", front["verified"], "only the registry's maintainers verify a module")
	for tag := range strings.SplitSeq(strings.Trim(front["tags"], "[]"), ", ") {
		assert.Equal(t, url.QueryEscape(tag), tag)
	}

	body := strings.TrimSpace(parts[2])
	assert.True(t, strings.HasPrefix(body, "# "+front["display_name"]+"\n"), "the heading is the display name")
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(body, "")
	level := 0
	for i, heading := range regexp.MustCompile(`(?m)^(#+) `).FindAllStringSubmatch(prose, -1) {
		assert.Equal(t, i == 0, len(heading[1]) == 1, "one heading of level 1")
		assert.LessOrEqual(t, len(heading[1]), level+1, "a level is not left out")
		level = len(heading[1])
	}
	first, _, _ := strings.Cut(body, "\n## ")
	assert.Len(t, hclBlock.FindAllString(first, -1), 1, "one block in the first section")
	assert.NotContains(t, body, "```hcl")
	source := regexp.MustCompile(`(?m)^  source +=.*\n(.*)$`)
	for _, block := range hclBlock.FindAllStringSubmatch(body, -1) {
		sources := source.FindAllStringSubmatch(block[1], -1)
		assert.NotEmpty(t, sources)
		for _, s := range sources {
			assert.Regexp(t, `^  version += "\d+\.\d+\.\d+"$`, s[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(prose, -1) {
		if !strings.HasPrefix(link[1], "https://") {
			assert.FileExists(t, path.Join(dir, link[1]), "in the registry")
			assert.FileExists(t, path.Join("../modules/droid", link[1]), "here")
		}
	}
}

// What the registry runs on a module, with its own tools, which `make registry` fetches from npm: bun and prettier.
// ShellCheck reads the rendered scripts, because it can't read a template.
func TestRegistryTools(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("REGISTRY")
	if folder == "" {
		t.Skip("`make registry` fetches what this needs")
	}
	c := inRegistry(t)
	root := filepath.Join(c.dir, "../../../..")
	require.NoError(t, os.Symlink(filepath.Join(folder, "node_modules"), filepath.Join(root, "node_modules")))
	write(t, filepath.Join(root, "tsconfig.json"), `{"compilerOptions": {"paths": {"~test": ["./test/test.ts"]}}}`)
	write(t, filepath.Join(root, "test", "test.ts"), read(t, "../tools/registry/test.ts"))
	run := func(name string, args ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir, cmd.Env = c.dir, c.env
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		t.Log(string(out))
	}
	bin := filepath.Join(root, "node_modules", ".bin")
	run(filepath.Join(bin, "prettier"), "--plugin=prettier-plugin-sh", "--check", ".")
	c.run(t, nil, "fmt", "-check", "-recursive", "-diff")
	c.run(t, nil, "init")
	c.run(t, nil, "validate")
	run(filepath.Join(bin, "bun"), "test", "main.test.ts")

	for name, script := range scripts(t, map[string]string{
		"npm":     "",
		"mirror":  "  install_url = \"https://mirror.example.com/droid\"\n  resume_session = false",
		"managed": "  delivery = \"managed\"\n  mcp_servers = { files = { command = \"npx\" } }",
	}) {
		file := filepath.Join(c.dir, name+".sh")
		write(t, file, script.Text)
		_, session, _ := strings.Cut(script.Text, "<< 'END OF SESSION' || return 1\n")
		session, _, _ = strings.Cut(session, "END OF SESSION")
		write(t, filepath.Join(c.dir, name+"-session.sh"), session)
		run("shellcheck", "--severity=warning", file, filepath.Join(c.dir, name+"-session.sh"))
	}
}
