package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusal is something that is wrong, and what the build log says about it.
type refusal struct {
	name    string
	unknown bool // this release does not tell
	setup   setup
	model   string // a further line of the model
	block   func(t *testing.T, d *deployment) string
	mode    string // what verification is set to
	fails   bool
	summary string
	detail  string // ACCESS stands for the deployment's URL
}

const revoked = "abcdefghij-abcdefghijklmnopqrstuv"

func revokedToken(*testing.T, *deployment) string { return fmt.Sprintf("session_token = %q", revoked) }

var refusals = []refusal{
	{
		name: "no license", setup: setup{noLicense: true},
		mode: "require", fails: true, summary: "AI Gateway Not Licensed",
		detail: "The license of the Coder deployment at ACCESS does not cover the AI Gateway",
	},
	{
		name: "gateway switched off", setup: setup{gatewayOff: true}, unknown: !tellsWhenOff,
		mode: "warn", summary: "AI Gateway Switched Off",
		detail: "The Coder deployment at ACCESS is licensed for the AI Gateway, but it is switched off",
	},
	{
		name: "personal keys not allowed", setup: setup{byokOff: true}, unknown: !personalKeys,
		model: `api_key = "sk-personal"`,
		mode:  "require", fails: true, summary: "Personal Keys Not Allowed",
		detail: `The AI Gateway does not allow personal keys (bring your own key) for the gateway provider "anthropic"`,
	},
	{
		name: "unknown gateway provider", unknown: !knownProviders,
		model: `gateway_provider = "anthropic-eu"`,
		mode:  "require", fails: true, summary: "Unknown AI Gateway Provider",
		detail: `no gateway provider "anthropic-eu", or it is disabled. There are: "anthropic" and "openai".`,
	},
	{
		name: "another API format", unknown: !knownProviders,
		model: `gateway_provider = "openai"`,
		mode:  "warn", summary: "API Format Not Spoken by AI Gateway Provider",
		detail: `The gateway provider "openai" is of the type openai, for which the AI Gateway does not take`,
	},
	{
		name: "revoked token", block: revokedToken,
		mode: "require", fails: true, summary: "Session Token Refused",
		detail: "The Coder deployment at ACCESS does not accept the session token",
	},
	{
		name: "revoked token, not looked at", block: revokedToken, mode: "skip",
	},
	{
		name: "someone else's token",
		block: func(t *testing.T, d *deployment) string {
			other, _ := d.newUser(t)
			return fmt.Sprintf("session_token = %q", other.SessionToken())
		},
		mode: "warn", fails: true, summary: "Session Token of Another User",
		detail: "who is not the owner of this workspace",
	},
	{
		name:  "unreachable deployment",
		block: func(*testing.T, *deployment) string { return `access_url = "http://127.0.0.1:1"` },
		mode:  "warn", summary: "Coder Deployment Unreachable",
		detail: "Error: dial tcp 127.0.0.1:1: connect: connection refused",
	},
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	usual := newDeployment(t, setup{shared: true})
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if r.unknown {
				t.Skip("this release does not tell")
			}
			d := usual
			if r.setup != (setup{}) {
				d = newDeployment(t, r.setup)
			}
			user, _ := d.newUser(t)
			block := ""
			if r.block != nil {
				block = r.block(t, d)
			}
			_, b := d.workspace(t, user, d.template(t, templateWith(model("claude", "anthropic", "claude", r.model),
				fmt.Sprintf("provider \"factory\" {\n  verification = %q\n  %s\n}\n", r.mode, block))))
			log := unwrapped(b.log)
			switch {
			case r.fails:
				require.Equal(t, codersdk.ProvisionerJobFailed, b.Job.Status, b.log)
				assert.Contains(t, log, "Error: "+r.summary)
			case r.mode == "warn":
				b.succeeded(t)
				assert.Contains(t, log, "Warning: "+r.summary)
			default:
				assert.Empty(t, b.succeeded(t).warnings())
			}
			assert.Contains(t, log, strings.ReplaceAll(r.detail, "ACCESS", d.admin.URL.String()))
			assert.NotContains(t, log, "sk-personal")
			assert.NotContains(t, log, revoked)
		})
	}
}

// unwrapped is a log without the frames and line breaks that Terraform puts around a diagnostic.
func unwrapped(log string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(log)), " ")
}

// warnings are those of the build, without the one about the lock file that every build has here.
func (b build) warnings() (said []string) {
	for _, text := range strings.Split(unwrapped(b.log), "Warning: ")[1:] {
		if !strings.HasPrefix(text, "Incomplete lock file") {
			said = append(said, text)
		}
	}
	return said
}
