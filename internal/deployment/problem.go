package deployment

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/coder/coder/v2/codersdk"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Problem is something a check found wrong. Its texts hold no secret.
type Problem struct {
	Summary string
	// Detail gives the cause, then, after a blank line, the remedy.
	Detail string
	// assumed says what a build that goes on takes for granted.
	assumed string
	// Fatal problems fail a build whatever the verification.
	Fatal bool
	// passable problems leave the gateway working, or not known to fail.
	passable bool
}

// Adding returns the problem with a sentence more about its cause.
func (p Problem) Adding(sentence string) Problem {
	if cause, remedy, found := strings.Cut(p.Detail, "\n\n"); found && sentence != "" {
		p.Detail = cause + " " + sentence + "\n\n" + remedy
	}
	return p
}

// Warning is the problem as a build is told of it that goes on.
func (p Problem) Warning() Problem { return p.Adding(p.assumed) }

// unreachable does not advise another access_url alone: Droid calls that address too.
func (c Config) unreachable(err error) Problem {
	return Problem{
		Summary: "Coder Deployment Unreachable",
		Detail: fmt.Sprintf("The Coder deployment at %s gave no usable answer within %s.\n\n"+
			"Check that the machine that runs Terraform reaches that address: its network, its proxy variables, and its certificates. "+
			"Droid calls the address from the workspace, so change access_url only to one that both of them reach.\n\nError: %s",
			c.AccessURL, within, cause(err)),
		assumed: fmt.Sprintf("The provider assumes that the AI Gateway is at %s.", c.Assume().GatewayURL),
	}
}

func unanswered(what, accessURL string, err error) Problem {
	return Problem{
		Summary: "Coder Deployment Did Not Answer",
		Detail: fmt.Sprintf("The Coder deployment at %s did not say %s, so this could not be checked.\n\n"+
			"Look at the deployment's health, then start the workspace again.\n\nError: %s", accessURL, what, cause(err)),
		passable: true,
	}
}

func refusedToken(accessURL string) Problem {
	return Problem{
		Summary: "Session Token Refused",
		Detail: fmt.Sprintf("The Coder deployment at %s does not accept the session token: it has expired, was revoked, or belongs to "+
			"another deployment. Droid would get no answer from the AI Gateway with it.\n\nIn a workspace build, start the workspace "+
			"again: each start makes a new token. Elsewhere, make one with `coder tokens create` and set it as CODER_SESSION_TOKEN.",
			accessURL),
	}
}

func otherOwner(username string) Problem {
	return Problem{
		Summary: "Session Token of Another User",
		Detail: fmt.Sprintf("The session token belongs to the Coder user %q, who is not the owner of this workspace. Writing it would hand "+
			"one person's token to another, so nothing was written.\n\nLeave session_token out of the provider block: inside Coder "+
			"the provider takes the workspace owner's own.", username),
		Fatal: true,
	}
}

// gatewayProblems says why the AI Gateway would refuse every request, or soon may.
func gatewayProblems(gateway, addon codersdk.Feature, d Deployment) []Problem {
	switch {
	case gateway.Entitlement == "":
		return []Problem{{
			Summary: "No AI Gateway in This Deployment",
			Detail: fmt.Sprintf("The Coder deployment at %s, version %s, knows no AI Gateway (formerly AI Bridge).\n\nUpgrade Coder to 2.30 or "+
				"later, or set gateway_url in the provider block to a gateway of its own.", d.AccessURL, versionOr(d.Version)),
		}}
	case !gateway.Entitlement.Entitled():
		return []Problem{{
			Summary: "AI Gateway Not Licensed",
			Detail: fmt.Sprintf("The licence of the Coder deployment at %s does not cover the AI Gateway, so it refuses every request.\n\n"+
				"Ask a Coder administrator to add a Premium licence with the AI Governance add-on.", d.AccessURL),
		}}
	case !gateway.Enabled:
		return []Problem{{
			Summary: "AI Gateway Switched Off",
			Detail: fmt.Sprintf("The Coder deployment at %s is licensed for the AI Gateway, but it is switched off, so it refuses every "+
				"request.\n\nAsk a Coder administrator to start coderd with CODER_AI_GATEWAY_ENABLED=true (before 2.36: "+
				"CODER_AIBRIDGE_ENABLED=true).", d.AccessURL),
		}}
	case !addon.Entitlement.Entitled():
		return []Problem{{
			Summary: "AI Governance Add-On Missing",
			Detail: fmt.Sprintf("The AI Gateway of the Coder deployment at %s works, but the licence has no AI Governance add-on for its users; "+
				"a later release may refuse them.\n\nAsk a Coder administrator to extend the licence.", d.AccessURL),
			passable: true,
		}}
	}
	return nil
}

func versionOr(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// cause is the innermost thing that went wrong, on one line. An answer of the server gives its status and message;
// a failed call loses the address, which may be long.
func cause(err error) string {
	if sdkErr, ok := codersdk.AsError(err); ok {
		return oneLine(fmt.Sprintf("HTTP status %d: %s", sdkErr.StatusCode(), sdkErr.Message))
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return oneLine(err.Error())
}

func oneLine(s string) string {
	return droid.OneLine(strings.Join(strings.Fields(s), " "))
}
