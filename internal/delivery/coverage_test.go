package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCoverage runs every case and seed through goawk, built as a program of its own that counts what runs. It reports
// the parts of the merge that nothing reaches. `make coverage` builds that program and names it in GOAWK.
func TestCoverage(t *testing.T) {
	t.Parallel()
	goawk := os.Getenv("GOAWK")
	if goawk == "" {
		t.Skip("make coverage runs this")
	}
	profile := filepath.Join(t.TempDir(), "profile")
	command := []string{goawk, "-coverprofile", profile, "-coverappend"}
	for _, file := range awkFiles {
		command = append(command, "-f", filepath.Join("merge", file+".awk"))
	}
	for i, seed := range seeds(t) {
		for _, bits := range []byte{0, byte(i * 37)} {
			if !strings.Contains(seed, "\x00") {
				mergeBy(t, command, seed, choose(bits).content(t))
			}
		}
	}
	for _, c := range mergeCases(t) {
		mergeBy(t, command, c.before, c.content(t))
	}
	for _, file := range longFiles(1 << 16) {
		mergeBy(t, command, file, contentOf(t, catalog(500), Complete))
	}

	grown := exec.Command(command[0], command[1:]...)
	grown.Env = []string{"merge_size=9"} // of an empty file
	answer, err := grown.Output()
	require.NoError(t, err)
	assert.Contains(t, string(answer), "changed")

	reached := make(map[string]bool)
	for _, line := range strings.Split(contents(t, profile), "\n") {
		var block string
		var n, count int
		if _, err := fmt.Sscan(line, &block, &n, &count); err == nil {
			reached[block] = reached[block] || count > 0
		}
	}
	require.Greater(t, len(reached), 100)
	for block, is := range reached {
		assert.True(t, is, "no test reaches %s: write one, or take it out", block)
	}
}
