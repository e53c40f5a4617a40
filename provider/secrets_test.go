package provider

import (
	"encoding/base64"
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
	c := newCLI(t, read(t, "testdata", "secrets.tf"))
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
	assert.NotContains(t, c.run(t, codertest.Environ{}, "show", "-json", "plan"), s.Token, "planned values")
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
	template := read(t, c.dir, "main.tf")
	for key, says := range map[string]string{
		`"sk-personal\n"`: `model[1] ("gpt"): api_key must be printable ASCII`,
		`"sk-personal"` + "\nextra_args = jsonencode({ x = \"" + strings.Repeat("x", 98500) + "\" })": "Settings Too Large",
	} {
		write(t, filepath.Join(c.dir, "main.tf"), strings.Replace(template, `"sk-personal"`, key, 1))
		out, err = c.try(build, "plan")
		require.Error(t, err)
		assert.Contains(t, out, says)
		hidden(says, out)
	}
	assert.Greater(t, strings.Count(read(t, logFile), "\n"), 1000, "logging was on")
}
