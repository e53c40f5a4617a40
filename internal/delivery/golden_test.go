package delivery

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// outcome is the hash of the merged file, or the refusal.
func outcome(file string, w Wanted, strict bool) string {
	after, err := Merge([]byte(file), w, strict)
	var syntax *SyntaxError
	switch {
	case errors.As(err, &syntax):
		return "refuse " + syntax.Error()
	case string(after) == file:
		return "same"
	}
	return fmt.Sprintf("%.8x", sha256.Sum256(after))
}

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/golden.txt"

// TestGolden compares the merge of every seed with its recorded result, so that a change of the merge shows which files it changes.
// A line has the seed's number, the bits of the wanted document, whether the file is system-managed or what else is wanted, and the
// result: the hash of the file, or the refusal.
func TestGolden(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for i, seed := range deliverytest.Seeds() {
		for _, want := range []byte{byte(i * 37), 0, 0b00100011} {
			for _, strict := range []bool{false, true} {
				fmt.Fprintf(&got, "%d %08b %t %s\n", i, want, strict, outcome(seed, wanted(deliverytest.Choose(want).Document), strict))
			}
		}
		more := deliverytest.Choose(byte(i * 37)).With(byte(i))
		w := wanted(more.Document)
		w.Keep = more.Keep
		fmt.Fprintf(&got, "%d %08b %08b %s\n", i, byte(i*37), byte(i), outcome(seed, w, false))
	}
	if *update {
		require.NoError(t, os.WriteFile(goldenFile, []byte(got.String()), 0o600))
	}
	recorded, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	want := strings.Split(string(recorded), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		require.Less(t, i, len(want))
		require.Equal(t, want[i], line)
	}
}
