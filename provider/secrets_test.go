package provider

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
)

// cli is Terraform itself with the provider's binary in a filesystem mirror, as Coder's provisioner has it.
type cli struct {
	dir string
	env []string
}

func newCLI(t *testing.T, config string) cli {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "mirror", "registry.terraform.io", "coder", "factory", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-factory_v0.0.1")
	build := exec.Command("go", "build", "-tags", "slim", "-o", binary, "..")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	write(t, filepath.Join(dir, "terraformrc"), fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.Join(dir, "mirror")))
	write(t, filepath.Join(dir, "template", "main.tf"), `terraform {
  required_providers {
    factory = { source = "coder/factory" }
  }
}
`+config)
	c := cli{dir: filepath.Join(dir, "template"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=" + filepath.Join(dir, "terraformrc"),
	}}
	c.run(t, environ{}, "init")
	return c
}

// run runs Terraform and returns all it prints.
func (c cli) run(t *testing.T, env environ, args ...string) string {
	t.Helper()
	out, err := c.try(env, args...)
	require.NoError(t, err, out)
	return out
}

func (c cli) try(env environ, args ...string) (string, error) {
	cmd := exec.Command("terraform", args...)
	cmd.Dir = c.dir
	cmd.Env = append([]string{}, c.env...)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A whole workspace life by the commands that Coder runs, with all logging on: no secret is in anything that is shown or
// logged, and none in the state after a stop but what the template itself says.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	s := deploymenttest.New(t)
	c := newCLI(t, `
provider "factory" {
  headers = { X-Proxy = "proxy-secret" }
}

resource "factory_custom_models" "droid" {
  models = [
    { model = "claude", provider = "anthropic" },
    { model = "gpt", provider = "openai", api_key = "sk-personal", extra_headers = { X-Vendor = "header-secret" } },
  ]
}

data "factory_ai_gateway" "this" {
  instances = ["anthropic", "openai"]
}

output "script" {
  value = factory_custom_models.droid.script
}
`)
	logFile := filepath.Join(c.dir, "trace.log")
	trace := environ{"TF_LOG": "TRACE", "TF_LOG_SDK": "TRACE", "TF_LOG_PATH": logFile}
	build := start(s).with("TF_LOG", "TRACE", "TF_LOG_SDK", "TRACE", "TF_LOG_PATH", logFile)
	secrets := []string{s.Token, base64.StdEncoding.EncodeToString([]byte(s.Token)), "sk-personal", "header-secret", "proxy-secret"}
	hidden := func(what, text string) {
		t.Helper()
		for _, secret := range secrets {
			assert.NotContains(t, text, secret, what)
		}
	}

	hidden("plan", c.run(t, build, "plan", "-out=plan"))
	hidden("show, with no variable set", c.run(t, trace, "show", "plan"))
	hidden("graph", c.run(t, trace, "graph"))
	var plan struct {
		ResourceChanges []struct {
			Change struct{ After json.RawMessage }
		} `json:"resource_changes"`
	}
	require.NoError(t, json.Unmarshal([]byte(c.run(t, environ{}, "show", "-json", "plan")), &plan))
	assert.NotContains(t, string(plan.ResourceChanges[0].Change.After), s.Token, "planned values")
	hidden("apply", c.run(t, build, "apply", "plan"))
	hidden("show", c.run(t, trace, "show"))
	hidden("script", c.run(t, environ{}, "output", "-raw", "script"))
	require.Contains(t, read(t, c.dir, "terraform.tfstate"), s.Token, "the state is where it stands")

	s.UserID = "11111111-2222-3333-4444-555555555555"
	next := build.with("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next-token")
	s.Token = "next-token"
	secrets = append(secrets, "next-token")
	out, err := c.try(next, "apply", "-auto-approve")
	require.Error(t, err)
	assert.Contains(t, out, "Session Token of Another User")
	hidden("an error", out)

	stop := build.with("CODER_WORKSPACE_TRANSITION", "stop", "CODER_WORKSPACE_OWNER_SESSION_TOKEN", "")
	c.run(t, stop, "plan", "-out=plan")
	hidden("stop", c.run(t, stop, "apply", "plan"))
	state := read(t, c.dir, "terraform.tfstate")
	assert.NotContains(t, state, "owner-session-token")
	hidden("logs", read(t, logFile))
	write(t, filepath.Join(c.dir, "main.tf"), strings.Replace(read(t, c.dir, "main.tf"), `"sk-personal"`, `"sk-personal\n"`, 1))
	out, err = c.try(build, "plan")
	require.Error(t, err)
	assert.Contains(t, out, "models[1].api_key must be printable ASCII")
	hidden("a bad key", out)
	assert.Greater(t, strings.Count(read(t, logFile), "\n"), 1000, "logging was on")
}
