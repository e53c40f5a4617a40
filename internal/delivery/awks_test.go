package delivery

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mergeBy merges under an awk, without the shell around it.
func mergeBy(t testing.TB, command []string, before string, c Content) (after, refusal string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = []string{"LC_ALL=C", "merge_output=" + out}
	values := awkEnvironment(t, before, c)
	for i := 0; i < len(values); i += 2 {
		cmd.Env = append(cmd.Env, values[i]+"="+values[i+1])
	}
	cmd.Stdin = strings.NewReader(before)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	answer, err := cmd.Output()
	require.NoError(t, err, "%s: %s", command, stderr.String())
	file, _ := os.ReadFile(out) // without one the verdict says so
	return verdict(t, string(answer), before, string(file))
}

// requireAgreement compares the program under every awk with goawk: they must give the same bytes or the same refusal.
func requireAgreement(t *testing.T, before string, c Content) {
	t.Helper()
	want, why := merge(t, before, c)
	var wg sync.WaitGroup
	for _, awk := range awks {
		if have(t, awk) {
			wg.Go(func() {
				command := []string{awk, compose("merge", ".awk", awkFiles)}
				if awk == "busybox" {
					command = append([]string{awk}, "awk", command[1])
				}
				after, refusal := mergeBy(t, command, before, c)
				assert.Equal(t, why, refusal, awk)
				if after != want {
					t.Errorf("%s gives %.2000q, not %.2000q", awk, after, want)
				}
			})
		}
	}
	wg.Wait()
}

// FuzzAwk looks for files on which an awk and goawk differ. FuzzMerge checks whether the result is right.
func FuzzAwk(f *testing.F) {
	for i, seed := range seeds(f) {
		if i%16 == 0 || full() {
			f.Add([]byte(seed), byte(i*37), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, before []byte, want, how byte) {
		if len(before) > 1<<16 || bytes.IndexByte(before, 0) >= 0 {
			t.Skip("long files have tests of their own, and the script refuses a NUL")
		}
		w := choose(want)
		w.keep = how&1 != 0
		requireAgreement(t, string(before), w.content(t))
	})
}

// Long files, on many lines and on one line, and deep ones.
func TestAwksMergeLongFiles(t *testing.T) {
	t.Parallel()
	size := 1 << 16
	if full() {
		size = 1 << 20
	}
	for name, file := range longFiles(size) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireAgreement(t, file, contentOf(t, documentOf("m1", "m1", "m2"), Complete))
		})
	}
}
