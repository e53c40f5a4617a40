package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A gateway that is a process of its own, started by Coder's command with a key made by Coder's command. The server
// has none, so that every prompt goes through the one at gateway_url.
func TestStandaloneGateway(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, setup{standalone: true})
	gateway := d.standaloneGateway(t)
	d.addProviders(t, gateway)

	user, _ := d.newUser(t)
	forms, number := allForms()
	provider := fmt.Sprintf("provider \"factory\" {\n  gateway_url  = %q\n  verification = \"require\"\n}\n", gateway)
	w, first := d.workspace(t, user, d.template(t, templateWith(forms, provider)))
	w.boot(t, first.succeeded(t), ready)()
	models := entries(t, w.settings(t))
	require.Len(t, models, number)
	for _, e := range models {
		assert.True(t, strings.HasPrefix(e.BaseURL, gateway+"/"), e.BaseURL)
		e.works(t)
		d.saw(t, e)
	}
}

// coder runs Coder's command as an administrator.
func (d *deployment) coder(t *testing.T, arguments string, environment ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append([]string{
		asCoder + "=" + arguments, "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CODER_URL=" + d.admin.URL.String(),
	}, environment...)
	return cmd
}

// standaloneGateway starts the gateway as an administrator does; it returns its root.
func (d *deployment) standaloneGateway(t *testing.T) string {
	t.Helper()
	out, err := d.coder(t, "ai-gateway keys create e2e", "CODER_SESSION_TOKEN="+d.admin.SessionToken()).CombinedOutput()
	require.NoError(t, err, string(out))
	key := regexp.MustCompile(`(?m)^\s*(\S{30,})\s*$`).FindStringSubmatch(string(out))
	require.NotNil(t, key, "no key in the command's answer")
	port, err := freePort()
	require.NoError(t, err)
	cmd := d.coder(t, "ai-gateway start", "CODER_AI_GATEWAY_KEY="+key[1], "CODER_AI_GATEWAY_HTTP_ADDRESS=127.0.0.1:"+port)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stderr, &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the gateway's log ends:\n%s", tail(stderr.String()))
		}
	})
	return "http://127.0.0.1:" + port
}
