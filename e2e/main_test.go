// Package e2e proves the provider on the real programs: coderd with its AI Gateway, its provisioner with Terraform, its
// agent, PostgreSQL, and Droid. Only the vendors of the models are fake: two HTTP servers that log what reaches them.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asCoder makes the test binary the coder command, with the arguments that it holds: a workspace's agent, for
// instance, is this binary run once more.
const asCoder = "E2E_AS_CODER"

// The releases that the tests put into the provider mirror. Ours is built from the folder above.
const (
	coderProvider        = "github.com/coder/terraform-provider-coder/v2"
	coderProviderVersion = "2.20.0"
	ourVersion           = "0.0.1"
)

func TestMain(m *testing.M) {
	if os.Getenv(asCoder) != "" {
		os.Args = append([]string{"coder"}, strings.Fields(os.Getenv(asCoder))...)
		coderCommand()
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as another user
		return fail(err)
	}
	if err := mirror(dir); err != nil {
		return fail(err)
	}
	stop, err := startPostgres(filepath.Join(dir, "postgres"))
	if stop != nil {
		defer func() { _ = stop() }()
	}
	if err != nil {
		return fail(err)
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}

// program is a Terraform, or what stands in for it.
type program string

const (
	terraformOnPath program = "Terraform"
	openTofu        program = "OpenTofu"
)

// path is where the program is. OpenTofu is the one that TOFU names, or comes from its Go module. It is named
// terraform in a folder of its own, because Coder's provisioner looks for that name.
func (p program) path(t *testing.T) string {
	t.Helper()
	if p != openTofu {
		path, err := exec.LookPath("terraform")
		require.NoError(t, err)
		return path
	}
	path := filepath.Join(t.TempDir(), "terraform")
	if tofu := os.Getenv("TOFU"); tofu != "" {
		require.NoError(t, os.Symlink(tofu, path))
		return path
	}
	cmd := exec.Command("go", "build", "-ldflags", "-X github.com/opentofu/opentofu/version.dev=no", "-o", path,
		"github.com/opentofu/opentofu/cmd/tofu")
	cmd.Dir = filepath.Join("..", "tools", "pinned", "opentofu")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "building OpenTofu: %s", out)
	return path
}

// mirrorDir is the folder of the provider mirror.
var mirrorDir string

// mirror builds the two providers into a filesystem mirror for Terraform and for OpenTofu, and makes every one below
// this process use it.
func mirror(dir string) error {
	if _, err := exec.LookPath("terraform"); err != nil {
		return fmt.Errorf("Terraform is missing: install it from https://developer.hashicorp.com/terraform/install")
	}
	mirrorDir = filepath.Join(dir, "mirror")
	for _, p := range []struct{ name, version, module, from string }{
		{"factory", ourVersion, ".", ".."},
		{"coder", coderProviderVersion, coderProvider, filepath.Join("..", "tools", "pinned", "coder")},
	} {
		binary := filepath.Join(dir, "terraform-provider-"+p.name+"_v"+p.version)
		cmd := exec.Command("go", "build", "-tags", "slim", "-o", binary, p.module)
		cmd.Dir = p.from
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", p.module, err, out)
		}
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			folder := filepath.Join(mirrorDir, host, "coder", p.name, p.version, runtime.GOOS+"_"+runtime.GOARCH)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := os.Link(binary, filepath.Join(folder, filepath.Base(binary))); err != nil {
				return err
			}
		}
	}
	config := filepath.Join(dir, "terraformrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirrorDir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	for name, value := range map[string]string{"TF_CLI_CONFIG_FILE": config, "CHECKPOINT_DISABLE": "1"} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
