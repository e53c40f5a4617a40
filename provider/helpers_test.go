package provider

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

func TestMain(m *testing.M) {
	if how := os.Getenv(serving); how != "" {
		if err := Serve(context.Background(), "test", how == "debugger"); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(test(m))
}

// plugins is a filesystem mirror for all tests, as Coder's provisioner has it.
var plugins string

func test(m *testing.M) int {
	var err error
	if plugins, err = os.MkdirTemp("", "mirror"); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(plugins) }()
	// Tests run real Terraform; it is to talk to nobody else.
	for name, value := range map[string]string{"TF_ACC": "1", "CHECKPOINT_DISABLE": "1",
		"TF_CLI_CONFIG_FILE": os.DevNull} {
		if err := os.Setenv(name, value); err != nil {
			log.Fatal(err)
		}
	}
	return m.Run()
}

// pluginAt is where the mirror has a provider's program.
func pluginAt(source, version string) string {
	kind := source[strings.LastIndex(source, "/")+1:]
	return filepath.Join(plugins, "registry.terraform.io", source, version, runtime.GOOS+"_"+runtime.GOARCH,
		"terraform-provider-"+kind+"_v"+version)
}

// built runs `go build` in a folder.
func built(dir string, args ...string) error {
	build := exec.Command("go", append([]string{"build"}, args...)...)
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

var (
	builtFactory = sync.OnceValue(func() error {
		return built("..", "-tags", "slim", "-ldflags", "-s -w", "-o", pluginAt("coder/factory", "0.0.1"), ".")
	})
	// coder/coder, as tools/pinned/coder pins it
	builtCoder = sync.OnceValue(func() error {
		return built("..", "-modfile=tools/pinned/coder/go.mod", "-ldflags", "-s -w", "-o", pluginAt("coder/coder", "2.20.0"),
			"github.com/coder/terraform-provider-coder/v2")
	})
)

func factories(env codertest.Environ) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"factory": providerserver.NewProtocol6WithError(newProvider("test", env.Getenv)()),
	}
}

// in makes a step run with its own environment.
func in(env codertest.Environ, step resource.TestStep) resource.TestStep {
	step.ProtoV6ProviderFactories = factories(env)
	return step
}

// importing is the environment of a template's import, which has neither an owner nor a build.
func importing(s *codertest.Server) codertest.Environ {
	return s.WorkspaceStart().With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "", "CODER_WORKSPACE_OWNER_ID", "",
		"CODER_WORKSPACE_BUILD_ID", "")
}

// stopping is the environment of a stop, which has no token.
func stopping(start codertest.Environ) codertest.Environ {
	return start.With("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
}

// ofTemplate is an environment with what Coder says of the workspace's template.
func ofTemplate(env codertest.Environ) codertest.Environ {
	return env.With("CODER_WORKSPACE_TEMPLATE_ID", "3a6d8b9c-52a7-4bd1-9c55-6f0d2b8f5c33",
		"CODER_WORKSPACE_TEMPLATE_NAME", "dev", "CODER_WORKSPACE_TEMPLATE_VERSION", "first")
}

func byHand(s *codertest.Server) codertest.Environ {
	return codertest.Environ{"CODER_URL": s.URL, "CODER_SESSION_TOKEN": s.Token}
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	require.NoError(t, err)
	return string(text)
}

// filesBelow are the files in folders, and in the folders in these.
func filesBelow(t *testing.T, folders ...string) (files []string) {
	t.Helper()
	for _, folder := range folders {
		require.NoError(t, filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, file)
			}
			return err
		}))
	}
	return files
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// terraformVersion is that of the Terraform on PATH, such as v1.11.4.
var terraformVersion = sync.OnceValue(func() string {
	out, _ := exec.Command("terraform", "version").Output()
	return regexp.MustCompile(`v\d\S+`).FindString(string(out))
})

// needs skips a test that has no TestCase and needs something that Terraform has only from a release on.
func needs(t *testing.T, version, what string) {
	t.Helper()
	have := terraformVersion()
	require.NotEmpty(t, have)
	if semver.Compare(have, version) < 0 {
		t.Skipf("Terraform has %s only from %s on", what, version)
	}
}

// saying matches a diagnostic's text however Terraform wraps it.
func saying(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.Join(strings.Split(regexp.QuoteMeta(words), " "), `[\s│|]+`))
}

var nothingPlanned = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// cli is Terraform itself, with the providers in the mirror.
type cli struct {
	dir string
	env []string
}

const ourProvider = `terraform {
  required_providers {
    factory = { source = "coder/factory" }
  }
}
`

// newCLI has a configuration in a folder of its own.
func newCLI(t *testing.T, config string) cli {
	t.Helper()
	c := emptyCLI(t)
	write(t, filepath.Join(c.dir, "main.tf"), ourProvider+config)
	c.run(t, codertest.Environ{}, "init")
	return c
}

func emptyCLI(t *testing.T) cli {
	t.Helper()
	require.NoError(t, builtFactory())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "terraformrc"), fmt.Sprintf(
		"provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", plugins))
	c := cli{dir: filepath.Join(dir, "template"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CHECKPOINT_DISABLE=1",
		"TF_CLI_CONFIG_FILE=" + filepath.Join(dir, "terraformrc"),
	}}
	require.NoError(t, os.Mkdir(c.dir, 0o700))
	return c
}

// run runs Terraform and returns all it prints.
func (c cli) run(t *testing.T, env codertest.Environ, args ...string) string {
	t.Helper()
	out, err := c.try(env, args...)
	require.NoError(t, err, out)
	return out
}

func (c cli) try(env codertest.Environ, args ...string) (string, error) {
	cmd := exec.Command("terraform", args...)
	cmd.Dir = c.dir
	cmd.Env = slices.Concat(c.env, assignments(env))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// assignments are an environment as a program gets it.
func assignments(env map[string]string) (out []string) {
	for name, value := range env {
		out = append(out, name+"="+value)
	}
	return out
}
