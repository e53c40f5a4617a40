package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "# The `x` of [y](z.md): a & b\n## Twice\n## Twice\n```sh\n# not one\n```\n<a id=\"own\"></a>\n"
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(dir, "b.md")
	for target, want := range map[string]string{
		"a.md": "", "a.md#the-x-of-y-a--b": "", "a.md#twice-1": "", "a.md#own": "",
		"c.md":         "there is no such file",
		"a.md#twice-2": "there is no such heading", "a.md#not-one": "there is no such heading",
	} {
		if got := local(from, target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	text := "[a](b.md) `[c](d.md)` [e](<f.md>)\n```\n[g](h.md)\n```\n[i]: j.md\n<img src=\"k.svg\"> [m](mailto:n)\n"
	got := targets(text)
	if want := []string{"b.md", "f.md", "j.md", "k.svg"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
