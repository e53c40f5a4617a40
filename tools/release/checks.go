package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// checksums holds for every file that the list names, and the list names every file that a release publishes.
func (r *release) checksums() error {
	for name, want := range r.sums {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil {
			return fmt.Errorf("a file of the checksums is missing: %w", err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != want {
			return fmt.Errorf("%s does not have its checksum", name)
		}
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		published := strings.HasPrefix(e.Name(), r.name) && !strings.HasPrefix(e.Name(), r.name+"_SHA256SUMS")
		if _, ok := r.sums[e.Name()]; published && !ok {
			return fmt.Errorf("%s has no checksum", e.Name())
		}
	}
	return nil
}

// signature is made by the key itself or a subkey of it, as gpg's status line VALIDSIG says.
func (r *release) signature(key string) error {
	if key == "" {
		return nil
	}
	out, err := exec.Command("gpg", "--batch", "--status-fd", "1", "--verify", r.path("_SHA256SUMS.sig"),
		r.path("_SHA256SUMS")).Output()
	if err != nil {
		return fmt.Errorf("gpg does not accept the signature: %w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) > 2 && words[1] == "VALIDSIG" && slices.Contains(words[2:], key) {
			return nil
		}
	}
	return fmt.Errorf("the signature is not by the key %s:\n%s", key, out)
}

// manifest tells the registry which protocol the provider speaks.
func (r *release) manifest() error {
	var m struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	text, err := os.ReadFile(r.path("_manifest.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%s_manifest.json: %w", r.name, err)
	}
	if m.Version != 1 || !slices.Equal(m.Metadata.Protocols, []string{"6.0"}) {
		return fmt.Errorf("%s_manifest.json does not say version 1 and protocol 6.0", r.name)
	}
	return r.listed("_manifest.json")
}

func (r *release) listed(suffix string) error {
	if _, ok := r.sums[r.name+suffix]; !ok {
		return fmt.Errorf("%s has no checksum", r.name+suffix)
	}
	return nil
}

// archives are those of the platforms, no more and no fewer.
func (r *release) archives(platforms []string) error {
	found, err := filepath.Glob(r.path("_*.zip"))
	if err != nil {
		return err
	}
	if len(found) != len(platforms) {
		return fmt.Errorf("the release has %d archives, but should have %d", len(found), len(platforms))
	}
	for _, p := range platforms {
		if err := errors.Join(r.listed("_"+p+".zip"), r.listed("_"+p+".cdx.json")); err != nil {
			return err
		}
		info, err := r.binary(p)
		if err != nil {
			return fmt.Errorf("%s_%s.zip: %w", r.name, p, err)
		}
		if err := r.sbom(p, info); err != nil {
			return fmt.Errorf("%s_%s.cdx.json: %w", r.name, p, err)
		}
	}
	return nil
}

// binary is what the provider in a platform's archive records of its build.
func (r *release) binary(platform string) (*buildinfo.BuildInfo, error) {
	archive, err := zip.OpenReader(r.path("_" + platform + ".zip"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = archive.Close() }()
	provider := "terraform-provider-factory_v" + r.version
	var names []string
	var text []byte
	for _, f := range archive.File {
		name := strings.TrimSuffix(f.Name, ".exe")
		names = append(names, name)
		if name != provider {
			continue
		}
		if f.Mode()&0o111 == 0 {
			return nil, fmt.Errorf("%s is no program: its mode is %s", f.Name, f.Mode())
		}
		content, err := f.Open()
		if err != nil {
			return nil, err
		}
		if text, err = io.ReadAll(content); err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	if want := []string{"LICENSE", "README.md", provider}; !slices.Equal(names, want) {
		return nil, fmt.Errorf("it holds %v, but should hold %v", names, want)
	}
	info, err := buildinfo.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	goos, goarch, _ := strings.Cut(platform, "_")
	for name, want := range map[string]string{
		"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0", "-tags": "slim", "-trimpath": "true",
	} {
		if settings[name] != want {
			return nil, fmt.Errorf("the provider was built with %s=%s, but should be with %s=%s", name, settings[name], name,
				want)
		}
	}
	return info, nil
}

// sbom lists the modules that the provider itself records, and Go's standard library.
func (r *release) sbom(platform string, info *buildinfo.BuildInfo) error {
	var bom struct {
		Format     string `json:"bomFormat"`
		Components []struct{ Name, Version string }
	}
	text, err := os.ReadFile(r.path("_" + platform + ".cdx.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &bom); err != nil {
		return err
	}
	if bom.Format != "CycloneDX" {
		return fmt.Errorf("its format is %q, but should be CycloneDX", bom.Format)
	}
	listed := map[string]bool{}
	for _, c := range bom.Components {
		listed[c.Name+"@"+c.Version] = true
	}
	want := []string{"std@" + info.GoVersion}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		want = append(want, m.Path+"@"+m.Version)
	}
	for _, m := range want {
		if !listed[m] {
			return fmt.Errorf("it lacks %s", m)
		}
	}
	if len(listed) != len(want) {
		return fmt.Errorf("it lists %d modules, but the provider has %d", len(listed), len(want))
	}
	return nil
}

// init installs the provider as a template would, from a mirror that holds the archive as it is, and asks it for its
// schema.
func (r *release) init(platforms []string) error {
	platform, ok := own(platforms)
	if !ok {
		return fmt.Errorf("the release has no archive for %s, so terraform init was not tried", platform)
	}
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	archive, err := os.ReadFile(r.path("_" + platform + ".zip"))
	if err != nil {
		return err
	}
	mirror := filepath.Join(dir, "mirror")
	packed := filepath.Join(mirror, "registry.terraform.io", "coder", "factory", r.name+"_"+platform+".zip")
	if err := os.MkdirAll(filepath.Dir(packed), 0o755); err != nil {
		return err
	}
	for file, text := range map[string]string{
		packed: string(archive),
		filepath.Join(dir, "terraformrc"): fmt.Sprintf(
			"provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror),
		filepath.Join(dir, "t", "main.tf"): fmt.Sprintf("terraform {\n  required_providers {\n    factory = {\n"+
			"      source  = \"coder/factory\"\n      version = %q\n    }\n  }\n}\n", r.version),
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	terraform := func(args ...string) (string, error) {
		cmd := exec.Command("terraform", append([]string{"-chdir=" + filepath.Join(dir, "t")}, args...)...)
		cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraformrc"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("terraform %s: %w\n%s", args[0], err, out)
		}
		return string(out), nil
	}
	if _, err := terraform("init", "-input=false", "-no-color"); err != nil {
		return err
	}
	schema, err := terraform("providers", "schema", "-json")
	if err != nil {
		return err
	}
	if !strings.Contains(schema, `"factory_custom_models"`) {
		return errors.New("the installed provider has no resource factory_custom_models")
	}
	return nil
}
