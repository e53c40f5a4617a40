package delivery

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// TestCoverage runs every case and seed through goawk, built as a program of its own that counts what runs. It reports the parts of
// the merge that nothing reaches. `make coverage` builds that program and names it in GOAWK.
func TestCoverage(t *testing.T) {
	t.Parallel()
	goawk := os.Getenv("GOAWK")
	if goawk == "" {
		t.Skip("make coverage runs this")
	}
	profile := filepath.Join(t.TempDir(), "profile")
	m := merger{name: "goawk", command: []string{goawk, "-coverprofile", profile, "-coverappend"}}
	for _, file := range append([]string{"strict"}, awkFiles...) {
		m.command = append(m.command, "-f", filepath.Join("script", file+".awk"))
	}
	for i, seed := range deliverytest.Seeds() {
		for _, bits := range []byte{0, byte(i * 37)} {
			m.merge(t, []byte(seed), wanted(deliverytest.Choose(bits).Document), false)
		}
	}
	for _, c := range deliverytest.Cases() {
		m.merge(t, []byte(c.Before), wantedBy(c), c.Strict)
	}
	document := deliverytest.Document("", "m1")
	m.merge(t, []byte(deliverytest.Long()["1 MiB of escapes"][:2000]+`"}`), wanted(document), false)
	m.merge(t, []byte("{}"), wanted(strings.Replace(document, `"index": 0,`, "\"index\": 0,\n      \"apiKey\": \"${NOT_SET}\",", 1)), false)
	for _, file := range []string{"{}", document} {
		for _, mode := range []string{"whole", "clear"} {
			m.run(t, []byte(file), "merge_mode="+mode, "merge_variable=D", "D=x:"+encoded([]byte(document), false), "merge_owned=custom:coder/",
				"merge_size="+strconv.Itoa(len(file)), "merge_output="+filepath.Join(t.TempDir(), "out"), "merge_check=1")
		}
	}
	large := base64.StdEncoding.EncodeToString(dense([]byte(deliverytest.Document("", "m1", "m2"))))
	m.run(t, []byte("{}"), "merge_mode=merge", "merge_variable=D", "D=x:"+large, "merge_size=2", "merge_output=/dev/null", "merge_check=1")
	for _, variables := range [][]string{
		{"merge_mode=probe"}, {"merge_mode=merge", "merge_variable=D", "D=?"}, {"merge_mode=merge", "merge_variable=D", "D=e30="},
	} {
		m.run(t, []byte("{}"), append(variables, "merge_size=2")...)
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
	// Only an awk that can't read a NUL reaches the code that counts quotes.
	missed = slices.DeleteFunc(missed, func(block string) bool { return strings.HasPrefix(block, "file.awk:") })
	assert.Empty(t, missed, "no test reaches these: write one, or take them out")
	t.Logf("%d of %d statements of the merge are reached, %.1f %%", covered, all, 100*float64(covered)/float64(all))
}
