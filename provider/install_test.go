package provider

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// The commands in README, SECURITY.md and the guide on mirrors work as they stand there.
func TestFromSource(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	//nolint:paralleltest // each builds bin/terraform-provider-factory
	for name, test := range map[string]func(*testing.T, reader){
		"install": installs, "mirror": fillsMirror, "script": printsScript,
	} {
		t.Run(name, func(t *testing.T) { test(t, r) })
	}
}

// installs takes README's way to install the provider and to try a template, with a stand-in for Coder's command.
func installs(t *testing.T, r reader) {
	_, section, found := strings.Cut(read(t, "../README.md"), "## Install from source\n")
	require.True(t, found)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, 2)
	require.Len(t, blocks, 2)
	require.Contains(t, blocks[1][1], "terraform plan")
	folder, bin := t.TempDir(), t.TempDir()
	demo := read(t, "../examples/demo/main.tf")
	template := regexp.MustCompile(`(?ms)^provider "factory" \{.*?^\}`).ReplaceAllString(demo, "")
	require.NotEqual(t, demo, template)
	write(t, filepath.Join(folder, "main.tf"), template)
	write(t, filepath.Join(bin, "coder"), "#!/bin/sh\n[ \"$*\" = 'tokens create --lifetime 24h' ] && echo a-token\n")
	require.NoError(t, os.Chmod(filepath.Join(bin, "coder"), 0o700))

	out := r.run(t, "..", codertest.Environ{"PATH": bin + ":" + os.Getenv("PATH")},
		blocks[0][1]+"cd '"+folder+"'\n"+blocks[1][1])
	assert.Contains(t, out, "factory_custom_models.droid")
	assert.Contains(t, out, "1 to add")

	// Terraform takes a prerelease only where a template names it.
	out = r.run(t, "..", codertest.Environ{}, "make --silent install VERSION=0.2.0-rc1")
	assert.Contains(t, out, `version = "0.2.0-rc1"`)
}

// printsScript compares what `make script` prints with the script that the provider delivers.
func printsScript(t *testing.T, r reader) {
	c := newCLI(t, one("droid", "gpt", "openai", "  namespace = \"data-team\"\n  delivery = \"managed\"\n"+
		"  settings_path = \"/opt/settings.json\""))
	c.run(t, codertest.New(t).WorkspaceStart(), "apply", "-auto-approve")
	var state struct {
		Resources []struct {
			Instances []struct{ Attributes struct{ ID, Script string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, c.dir, "terraform.tfstate")), &state))
	attributes := state.Resources[0].Instances[0].Attributes
	assert.Equal(t, attributes.Script, r.run(t, "..", codertest.Environ{}, "make --silent script NAMESPACE=data-team "+
		"DELIVERY=managed SETTINGS_PATH=/opt/settings.json RESOURCE="+attributes.ID))
}

// reader is somebody who types what the documentation says, in a home of their own.
type reader struct{ env []string }

func newReader(t *testing.T) reader {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		require.Empty(t, os.Getenv("CI"), "make is missing")
		t.Skip("make is missing, so README's commands are not tried: install it with your package manager")
	}
	require.FileExists(t, "../GNUmakefile") // looking at it lets `go test` know when to run this again
	config, err := os.UserConfigDir()       // where Go keeps its own settings
	require.NoError(t, err)
	r := reader{env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + config,
		"CHECKPOINT_DISABLE=1"}}
	names := []string{"GOCACHE", "GOENV", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOFLAGS"}
	values, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	require.NoError(t, err)
	for i, value := range strings.SplitN(string(values), "\n", len(names)) {
		r.env = append(r.env, names[i]+"="+strings.TrimSpace(value))
	}
	// the new home has no .gitconfig that tells git to trust another user's clone
	r.env[len(r.env)-1] += " -buildvcs=false"
	return r
}

// run runs shell commands, all of which must succeed, and returns what they print to standard output.
func (r reader) run(t *testing.T, dir string, env codertest.Environ, commands string) string {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", commands)
	cmd.Dir = dir
	cmd.Env = slices.Concat(r.env, assignments(env))
	var printed, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &printed, &complaints
	require.NoError(t, cmd.Run(), "%s\n%s%s", commands, &printed, &complaints)
	return printed.String()
}
