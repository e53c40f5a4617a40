// Release verifies the files of a release before they are published:
//
//	release [-key FINGERPRINT] [-platforms linux_amd64,darwin_arm64] FOLDER
//
// It looks at the checksums, the signature, the registry's manifest, each archive with its SBOM, and at `terraform
// init` from the archive of this machine's platform. Without -key it takes a release that is not signed, and without
// -platforms it expects those that .goreleaser.yml names.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	key := flag.String("key", "", "fingerprint of the key that must have signed; it is in gpg's keyring")
	platforms := flag.String("platforms", "", "the platforms that the release must have, separated by commas")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	found, err := verify(flag.Arg(0), *key, *platforms)
	for _, line := range found {
		fmt.Fprintln(os.Stderr, "verified:", line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// release is what is in the folder.
type release struct {
	dir     string
	name    string // such as terraform-provider-factory_0.1.0
	version string
	sums    map[string]string // file to SHA-256
}

// verify says what it verified, and the first thing that is wrong.
func verify(dir, key, platforms string) (verified []string, err error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	want := strings.Split(platforms, ",")
	if platforms == "" {
		if want, err = platformsOf(".goreleaser.yml"); err != nil {
			return nil, err
		}
	}
	steps := []struct {
		what string
		do   func() error
	}{
		{fmt.Sprintf("checksums of %d files", len(r.sums)), r.checksums},
		{"signature by " + key, func() error { return r.signature(key) }},
		{"manifest of the registry", r.manifest},
		{"archives and SBOMs of " + strings.Join(want, ", "), func() error { return r.archives(want) }},
		{"terraform init from the archive", func() error { return r.init(want) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return verified, err
		}
		if key != "" || !strings.HasPrefix(step.what, "signature") {
			verified = append(verified, step.what)
		}
	}
	return verified, nil
}

var sumsName = regexp.MustCompile(`^(terraform-provider-factory_(.+))_SHA256SUMS$`)

func open(dir string) (*release, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	r := &release{dir: dir, sums: map[string]string{}}
	for _, e := range entries {
		if m := sumsName.FindStringSubmatch(e.Name()); m != nil {
			if r.name != "" {
				return nil, fmt.Errorf("%s has the checksums of two versions, %s and %s", dir, r.version, m[2])
			}
			r.name, r.version = m[1], m[2]
		}
	}
	if r.name == "" {
		return nil, fmt.Errorf("%s has no file terraform-provider-factory_VERSION_SHA256SUMS", dir)
	}
	text, err := os.ReadFile(r.path("_SHA256SUMS"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || name != filepath.Base(name) {
			return nil, fmt.Errorf("%s has a line that is no checksum: %q", r.name+"_SHA256SUMS", line)
		}
		r.sums[name] = sum
	}
	return r, nil
}

// path is a file of the release.
func (r *release) path(suffix string) string { return filepath.Join(r.dir, r.name+suffix) }

// platformsOf reads the targets from GoReleaser's configuration: the only lines of this form in it.
func platformsOf(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^ +- ([a-z]+_[a-z0-9]+)$`).FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		return nil, errors.New(file + " names no platform")
	}
	return found, nil
}

// own is the platform of this machine, if the release has it.
func own(platforms []string) (string, bool) {
	p := runtime.GOOS + "_" + runtime.GOARCH
	return p, slices.Contains(platforms, p)
}
