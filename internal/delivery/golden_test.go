package delivery

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/golden.txt"

// TestGolden compares the merge of every seed with its recorded result, so that a change of the merge shows which files
// it changes. First the seed, quoted. Then a line for each document that is merged into it, by its bits and whether it
// lacks models, with the result: the new file, the refusal, or that nothing changes. An entry of ours has its name,
// place and length. What is long has its hash.
func TestGolden(t *testing.T) {
	t.Parallel()
	ours := regexp.MustCompile(`\{\s*"model": "(m\d)",\s*"id": "custom:coder/m\d",\s*"index": (\d+),[^}]*\},[^}]*\}`)
	text := func(s string) string {
		s = ours.ReplaceAllStringFunc(s, func(entry string) string {
			m := ours.FindStringSubmatch(entry)
			return fmt.Sprintf("{%s at %s, %d bytes}", m[1], m[2], len(entry))
		})
		if len(s) > 1000 {
			return fmt.Sprintf("%d bytes, %.8x", len(s), sha256.Sum256([]byte(s)))
		}
		return strconv.Quote(s)
	}
	var got strings.Builder
	seen := make(map[string]bool)
	for i, seed := range seeds(t) {
		if seen[seed] || strings.Contains(seed, "\x00") {
			continue
		}
		seen[seed] = true
		fmt.Fprintf(&got, "%s\n", text(seed))
		for n, bits := range []byte{byte(i * 37), byte(i*37) ^ 3, 0} {
			w := choose(bits)
			w.keep = n == 1
			after, refusal := merge(t, seed, w.content(t))
			result := text(after)
			switch {
			case refusal != "":
				result = "refused: " + refusal
			case after == seed:
				result = "same"
			}
			fmt.Fprintf(&got, "\t%08b %-4s %s\n", bits, w.content(t).State, result)
			if refusal != "" {
				break
			}
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(goldenFile, []byte(got.String()), 0o600))
	}
	recorded, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	if got.String() != string(recorded) {
		t.Fatal("the merge has changed: run this with -update, and read what git diff shows")
	}
}
