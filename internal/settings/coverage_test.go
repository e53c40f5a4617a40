package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/settings/settingstest"
)

// TestCoverage runs every case and seed through goawk as a program of its own, which counts what runs, and reports the parts of
// the merge that nothing reaches. `make coverage` builds that program and names it in GOAWK.
func TestCoverage(t *testing.T) {
	t.Parallel()
	goawk := os.Getenv("GOAWK")
	if goawk == "" {
		t.Skip("make coverage runs this")
	}
	profile := filepath.Join(t.TempDir(), "profile")
	m := merger{name: "goawk", command: []string{goawk, "-coverprofile", profile, "-coverappend"}}
	for _, file := range awkFiles {
		m.command = append(m.command, "-f", filepath.Join("script", file+".awk"))
	}
	for i, seed := range settingstest.Seeds() {
		for _, bits := range []byte{0, byte(i * 37)} {
			m.merge(t, []byte(seed), []byte(settingstest.Choose(bits).Document), "")
		}
	}
	for _, c := range settingstest.Cases() {
		strict := ""
		if c.Strict {
			strict = "1"
		}
		m.merge(t, []byte(c.Before), []byte(c.Document), strict)
	}

	statements, reached := make(map[string]int), make(map[string]bool)
	for _, line := range strings.Split(contents(t, profile), "\n") {
		var block string
		var n, count int
		if _, err := fmt.Sscan(line, &block, &n, &count); err == nil {
			statements[block] = n
			reached[block] = reached[block] || count > 0
		}
	}
	all, covered := 0, 0
	var missed []string
	for block, n := range statements {
		all += n
		if reached[block] {
			covered += n
		} else {
			missed = append(missed, filepath.Base(block))
		}
	}
	require.Greater(t, all, 300)
	slices.Sort(missed)
	t.Logf("%d of %d statements of the merge are reached, %.1f %%; not these:\n%s", covered, all, 100*float64(covered)/float64(all), strings.Join(missed, "\n"))
}
