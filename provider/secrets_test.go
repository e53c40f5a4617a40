package provider

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// A whole workspace life by the commands that Coder runs, with all logging on: no secret is in anything that is shown
// or logged, and none in the state after a stop but what the template itself says.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, `
provider "factory" {
  headers = { X-Proxy = "proxy-secret" }
}

resource "factory_custom_models" "droid" {
  model {
    model    = "claude"
    provider = "anthropic"
  }
  model {
    model         = "gpt"
    provider      = "openai"
    api_key       = "sk-personal"
    extra_headers = { X-Vendor = "header-secret" }
  }
}

output "script" {
  value = factory_custom_models.droid.script
}
`)
	logFile := filepath.Join(c.dir, "trace.log")
	trace := codertest.Environ{"TF_LOG": "TRACE", "TF_LOG_SDK": "TRACE", "TF_LOG_PATH": logFile}
	build := s.WorkspaceStart().With("TF_LOG", "TRACE", "TF_LOG_SDK", "TRACE", "TF_LOG_PATH", logFile)
	secrets := []string{s.Token, base64.StdEncoding.EncodeToString([]byte(s.Token)), "sk-personal", "header-secret",
		"proxy-secret"}
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
	require.NoError(t, json.Unmarshal([]byte(c.run(t, codertest.Environ{}, "show", "-json", "plan")), &plan))
	assert.NotContains(t, string(plan.ResourceChanges[0].Change.After), s.Token, "planned values")
	hidden("apply", c.run(t, build, "apply", "plan"))
	hidden("show", c.run(t, trace, "show"))
	hidden("script", c.run(t, codertest.Environ{}, "output", "-raw", "script"))
	require.Contains(t, read(t, c.dir, "terraform.tfstate"), s.Token, "the state is where it stands")

	s.UserID = "11111111-2222-3333-4444-555555555555"
	next := build.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next-token")
	s.Token = "next-token"
	secrets = append(secrets, "next-token")
	out, err := c.try(next, "apply", "-auto-approve")
	require.Error(t, err)
	assert.Contains(t, out, "Session Token of Another User")
	hidden("an error", out)
	assert.Contains(t, read(t, c.dir, "terraform.tfstate"), "owner-session-token", "a start that fails leaves the state")

	stop := stopping(build)
	c.run(t, stop, "plan", "-out=plan")
	hidden("stop", c.run(t, stop, "apply", "plan"))
	state := read(t, c.dir, "terraform.tfstate")
	assert.NotContains(t, state, "owner-session-token")
	hidden("logs", read(t, logFile))
	write(t, filepath.Join(c.dir, "main.tf"), strings.Replace(read(t, c.dir, "main.tf"), `"sk-personal"`,
		`"sk-personal\n"`, 1))
	out, err = c.try(build, "plan")
	require.Error(t, err)
	assert.Contains(t, out, `model[1] ("gpt"): api_key must be printable ASCII`)
	hidden("a bad key", out)
	assert.Greater(t, strings.Count(read(t, logFile), "\n"), 1000, "logging was on")
}

// What Terraform prints of a configuration with a literal key, in the lines that Coder reads: not the key, and no line
// that its reader stops at.
func TestSourceStaysHidden(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	c := newCLI(t, "")
	head := read(t, c.dir, "main.tf")
	const readable = 64 * 1024
	block := func(lines string) string { return "model {\n" + lines + "\n}\n" }
	const m, secret = "model = \"m\"\nprovider = \"openai\"\n", "api_key = \"sk-literal\"\n"
	key := "api_key = \"" + strings.Repeat("sk-literal", 2500) + "\"\n"
	filler := strings.Repeat(block(m+key+"extra_headers = { X-A = \"sk-literal\" }"), 3)
	require.Greater(t, len(filler), readable)
	for _, d := range []struct{ name, summary, blocks string }{
		{"too large", "Settings Too Large", block(m + secret + `extra_args = jsonencode({ x = "` + strings.Repeat("x",
			98500) + `" })`)},
		{"key", "Invalid Attribute Value", block(m+`api_key = "sk-literal\n"`) + filler},
		{"default", "Unknown Default Model", block(m+secret) + `default_model = "` + strings.Repeat("d", 70000) + `"`},
	} {
		write(t, c.dir+"/main.tf", head+"resource \"factory_custom_models\" \"droid\" {\n"+d.blocks+"\n}\n")
		out, err := c.try(s.WorkspaceStart(), "plan", "-json")
		require.Error(t, err, d.name)
		assert.Contains(t, out, "Error: "+d.summary, d.name)
		if strings.Contains(out, "sk-literal") {
			assert.Fail(t, "the key is shown", d.name)
		}
		for _, line := range strings.Split(out, "\n") {
			assert.Less(t, len(line), readable, d.name)
		}
	}
}
