package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A release is verified as it is, and refused after any one thing in it was changed. tools/snapshot.sh makes it in
// dist/.
func TestVerify(t *testing.T) {
	dist, key, platforms := os.Getenv("DIST"), os.Getenv("KEY"), os.Getenv("PLATFORMS")
	if dist == "" {
		t.Skip("run by make snapshot")
	}
	platform, _, _ := strings.Cut(platforms, ",")
	_, err := verify(dist, key, platforms)
	must(t, err)
	original, err := open(dist)
	must(t, err)
	for _, tt := range []struct {
		name, key, platforms string
		signed               bool // the check comes before that of the signature, or is that check
		change               func(t *testing.T, r *release)
		want                 string
	}{
		{"a byte of the archive", key, platforms, true, func(t *testing.T, r *release) {
			edit(t, r.path("_"+platform+".zip"), "PK", "PL")
		}, "does not have its checksum"},
		{"no archive", key, platforms, true, func(t *testing.T, r *release) {
			must(t, os.Remove(r.path("_"+platform+".zip")))
		}, "is missing"},
		{"a file without a checksum", key, platforms, true,
			func(t *testing.T, r *release) { write(t, r.path("_plan9_arm.zip"), "") }, "has no checksum"},
		{"checksums changed after the signature", key, platforms, true, func(t *testing.T, r *release) { r.sign(t) },
			"does not accept the signature"},
		{"no signature", key, platforms, true, func(t *testing.T, r *release) {
			must(t, os.Remove(r.path("_SHA256SUMS.sig")))
		}, "does not accept the signature"},
		{"another key", strings.Repeat("A", 40), platforms, true, func(*testing.T, *release) {}, "is not by the key"},
		{"another protocol", "", platforms, false, func(t *testing.T, r *release) {
			edit(t, r.path("_manifest.json"), "6.0", "5.0")
		}, "protocol 6.0"},
		{"a module less in the SBOM", "", platforms, false, func(t *testing.T, r *release) {
			edit(t, r.path("_"+platform+".cdx.json"), `"name": "google.golang.org/grpc"`, `"name": "google.golang.org/x"`)
		}, "it lacks google.golang.org/grpc@"},
		{"another platform's archive", "", "plan9_arm", false, func(t *testing.T, r *release) {
			for _, suffix := range []string{".zip", ".cdx.json"} {
				must(t, os.Rename(r.path("_"+platform+suffix), r.path("_plan9_arm"+suffix)))
			}
		}, "should be with GO"},
		{"a platform is missing", "", platforms + ",plan9_arm", false, func(*testing.T, *release) {}, "but should have"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.key == "" == tt.signed {
				t.Skip("gpg is not installed")
			}
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(dist)))
			if strings.Contains(tt.platforms, "plan9") && platforms != platform {
				t.Skip("for a release of one platform")
			}
			r := &release{dir: dir, name: original.name}
			tt.change(t, r)
			if !tt.signed {
				r.sign(t)
			}
			if _, err := verify(dir, tt.key, tt.platforms); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// sign makes the list of checksums anew, in reverse order.
func (r *release) sign(t *testing.T) {
	t.Helper()
	var lines []string
	for _, suffix := range []string{".zip", ".json"} {
		found, err := filepath.Glob(r.path("_*" + suffix))
		must(t, err)
		for _, file := range found {
			sum := sha256.Sum256([]byte(read(t, file)))
			lines = append(lines, hex.EncodeToString(sum[:])+"  "+filepath.Base(file)+"\n")
		}
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	write(t, r.path("_SHA256SUMS"), strings.Join(lines, ""))
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(text), 0o600))
}

func edit(t *testing.T, file, from, to string) {
	t.Helper()
	text := read(t, file)
	if !strings.Contains(text, from) {
		t.Fatalf("%s has no %s", file, from)
	}
	write(t, file, strings.Replace(text, from, to, 1))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
