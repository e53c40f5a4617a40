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
	setup   setup
	model   string // a further line of the model
	block   func(t *testing.T, d *deployment) string
	summary string
	detail  string // ACCESS stands for the deployment's URL
	always  bool   // also with "warn"
	// providers: it takes the list of the gateway's providers to say so.
	providers bool
}

var refusals = []refusal{
	{
		name: "no license", setup: setup{noLicense: true}, summary: "AI Gateway Not Licensed",
		detail: "The license of the Coder deployment at ACCESS does not cover the AI Gateway",
	},
	{
		name: "gateway switched off", setup: setup{gatewayOff: true}, summary: "AI Gateway Switched Off",
		detail: "The Coder deployment at ACCESS is licensed for the AI Gateway, but it is switched off",
	},
	{
		name: "personal keys not allowed", setup: setup{byokOff: true}, summary: "Personal Keys Not Allowed",
		model:  `api_key = "sk-personal"`,
		detail: `The AI Gateway does not allow personal keys (bring your own key) for the gateway provider "anthropic"`,
	},
	{
		name: "unknown gateway provider", providers: true, summary: "Unknown AI Gateway Provider",
		model:  `gateway_provider = "anthropic-eu"`,
		detail: `no gateway provider "anthropic-eu", or it is disabled. There are: "anthropic" and "openai".`,
	},
	{
		name: "another API format", providers: true, summary: "API Format Not Spoken by AI Gateway Provider",
		model:  `gateway_provider = "openai"`,
		detail: `The gateway provider "openai" is of the type openai, for which the AI Gateway does not take`,
	},
	{
		name: "revoked token", summary: "Session Token Refused",
		block:  func(*testing.T, *deployment) string { return `session_token = "abcdefghij-abcdefghijklmnopqrstuv"` },
		detail: "The Coder deployment at ACCESS does not accept the session token",
	},
	{
		name: "someone else's token", summary: "Session Token of Another User", always: true,
		block: func(t *testing.T, d *deployment) string {
			other, _ := d.newUser(t)
			return fmt.Sprintf("session_token = %q", other.SessionToken())
		},
		detail: "who is not the owner of this workspace",
	},
	{
		name: "unreachable deployment", summary: "Coder Deployment Unreachable",
		block:  func(*testing.T, *deployment) string { return `access_url = "http://127.0.0.1:1"` },
		detail: "Error: dial tcp 127.0.0.1:1: connect: connection refused",
	},
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if r.setup.byokOff && !personalKeys {
				t.Skip("this release's gateway takes no personal key")
			}
			if r.setup.gatewayOff && !tellsWhenOff {
				t.Skip("this release does not tell that its gateway is switched off")
			}
			if r.providers && !knownProviders {
				t.Skip("this release does not tell which providers its gateway has")
			}
			d := newDeployment(t, r.setup)
			user, _ := d.newUser(t)
			block := ""
			if r.block != nil {
				block = r.block(t, d)
			}
			detail := strings.ReplaceAll(r.detail, "ACCESS", d.admin.URL.String())
			for _, mode := range []string{"require", "warn", "skip"} {
				template := d.template(t, templateWith(model("claude", "anthropic", "claude", r.model),
					fmt.Sprintf("provider \"factory\" {\n  verification = %q\n  %s\n}\n", mode, block)))
				_, b := d.workspace(t, user, template)
				log := unwrapped(b.log)
				switch {
				case mode == "require" || mode == "warn" && r.always:
					require.Equal(t, codersdk.ProvisionerJobFailed, b.Job.Status, "%s: %s", mode, b.log)
					assert.Contains(t, log, "Error: "+r.summary, mode)
					assert.Contains(t, log, detail, mode)
				case mode == "warn":
					b.succeeded(t)
					assert.Contains(t, log, "Warning: "+r.summary)
					assert.Contains(t, log, detail)
				default:
					b.succeeded(t)
					assert.NotContains(t, log, r.summary)
				}
				for _, secret := range []string{"sk-personal", "abcdefghij-abcdefghijklmnopqrstuv"} {
					assert.NotContains(t, log, secret)
				}
			}
		})
	}
}

// unwrapped is a log without the frames and line breaks that Terraform puts around a diagnostic.
func unwrapped(log string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(log)), " ")
}
