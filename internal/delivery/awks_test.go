package delivery

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// merger is the merge under one awk, without the shell around it.
type merger struct {
	name    string
	command []string
}

func mergers(t testing.TB) []merger {
	t.Helper()
	var out []merger
	for name, awk := range awks {
		if have(t, awk[0]) {
			out = append(out, merger{name, slices.Concat(awk, []string{awkSource(true)})})
		}
	}
	require.NotEmpty(t, out, "no awk to test with: install mawk")
	return out
}

// run runs the program on a file, in an environment of NAME=value, and returns the first line of its answer.
func (m merger) run(t testing.TB, before []byte, environment ...string) string {
	t.Helper()
	cmd := exec.Command(m.command[0], m.command[1:]...)
	cmd.Env = append(environment, "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(before)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	answer, err := cmd.Output()
	require.NoError(t, err, "%s: %s", m.name, stderr.String())
	line, _, _ := strings.Cut(string(answer), "\n")
	return line
}

// merge gives the file that the program makes, or its refusal.
func (m merger) merge(t testing.TB, before []byte, w Wanted, strict bool) (after []byte, refusal string) {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, os.WriteFile(in, before, 0o600))
	mode := ""
	if strict {
		mode = "1"
	}
	answer := m.run(t, before, "merge_mode=merge", "merge_variable=D", "merge_owned="+w.prefixes(), "merge_input="+in,
		"merge_size="+strconv.Itoa(len(before)), "merge_output="+out, "merge_strict="+mode, "D=x:"+encoded(w.Document, w.Keep))
	verdict, what, _ := strings.Cut(answer, " ")
	switch verdict {
	case "same":
		return before, ""
	case "refuse":
		return nil, what
	case "nul":
		c, found := standIn(before)
		if !found {
			return nil, "0:0: NUL byte"
		}
		after, refusal = m.merge(t, bytes.ReplaceAll(before, []byte{0}, []byte{c}), w, strict)
		return bytes.ReplaceAll(after, []byte{c}, []byte{0}), refusal
	}
	require.Equal(t, "write", verdict, "%s: %s", m.name, answer)
	after, err := os.ReadFile(out)
	require.NoError(t, err)
	size, _, _ := strings.Cut(what, " ")
	require.Equal(t, strconv.Itoa(len(after)), size, "%s: the size it says", m.name)
	return after, ""
}

// requireAgreement compares the program under every awk with the Go merge: they must give the same bytes or the same refusal.
func requireAgreement(t *testing.T, before []byte, w Wanted, strict bool) {
	t.Helper()
	want, err := Merge(before, w, strict)
	var wg sync.WaitGroup
	for _, m := range mergers(t) {
		wg.Go(func() {
			after, refusal := m.merge(t, before, w, strict)
			var syntax *SyntaxError
			if errors.As(err, &syntax) {
				assert.Equal(t, syntax.Error(), refusal, m.name)
				return
			}
			assert.Empty(t, refusal, m.name)
			assert.True(t, bytes.Equal(want, after), "%s:\n%s\nwant:\n%s", m.name, short(after), short(want))
		})
	}
	wg.Wait()
}

// short is a text as a message can show it.
func short(text []byte) string {
	const most = 2000
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "…"
	}
	return strconv.Quote(string(text))
}

func TestAwkMerges(t *testing.T) {
	t.Parallel()
	for _, c := range deliverytest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			requireAgreement(t, []byte(c.Before), wantedBy(c), c.Strict)
			requireAgreement(t, []byte(c.After), wantedBy(c), c.Strict)
		})
	}
}

// FuzzAwk looks for files on which an awk and the Go merge differ. FuzzMerge checks whether the result is right.
func FuzzAwk(f *testing.F) {
	for i, seed := range deliverytest.Seeds() {
		f.Add([]byte(seed), byte(i*37), byte(i))
	}
	f.Fuzz(func(t *testing.T, before []byte, want, how byte) {
		if len(before) > 1<<16 {
			t.Skip("long files have tests of their own")
		}
		chosen := deliverytest.Choose(want).With(how)
		w := wanted(chosen.Document)
		w.Keep = chosen.Keep
		requireAgreement(t, before, w, how&16 != 0)
	})
}

// Long files, on many lines and on one line, and deep ones.
func TestAwkMergesLongFiles(t *testing.T) {
	t.Parallel()
	for name, file := range deliverytest.Long() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireAgreement(t, []byte(file), wanted(deliverytest.Document("m1", "m1", "m2")), false)
		})
	}
}
