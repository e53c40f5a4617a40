package coder

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/coder/coder/v2/codersdk"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Problem is something a check found wrong.
type Problem struct {
	droid.Problem
	// Fatal problems fail a build whatever the verification.
	Fatal bool
	// assumed says what a build that goes on takes for granted.
	assumed string
	// gatewayWorks is set if the gateway works all the same, or is not known to fail.
	gatewayWorks bool
}

// AsWarning is the problem as a build that goes on reports it.
func (p Problem) AsWarning() droid.Problem {
	out := p.Adding(p.assumed)
	out.Warning = true
	return out
}

// redact takes the secrets out of what a server may have put into a problem.
func (c Config) redact(p Problem) Problem {
	for _, text := range []*string{&p.Cause, &p.Remedy, &p.Error, &p.assumed} {
		for _, secret := range append(slices.Collect(maps.Values(c.Headers)), c.Token) {
			if secret != "" {
				*text = strings.ReplaceAll(*text, secret, "(redacted)")
			}
		}
	}
	return p
}

// silence is what a deployment did not answer, with the first error.
type silence struct {
	what []string
	err  error
}

func (s *silence) note(what string, err error) {
	if err == nil {
		return
	}
	s.what = append(s.what, what)
	if s.err == nil {
		s.err = err
	}
}

func (s *silence) problem(accessURL string) Problem {
	return Problem{
		Problem: droid.Problem{
			Summary: "Coder Deployment Did Not Answer",
			Cause: fmt.Sprintf("The Coder deployment at %s did not say %s, so this could not be checked.",
				accessURL, droid.Enumerated(s.what)),
			Remedy: "Look at the deployment's health, then start the workspace again.",
			Error:  cause(s.err),
		},
		gatewayWorks: true,
	}
}

func refusedToken(accessURL string) Problem {
	return Problem{Problem: droid.Problem{
		Summary: "Session Token Refused",
		Cause: fmt.Sprintf("The Coder deployment at %s does not accept the session token: it has expired, was revoked, or "+
			"belongs to another deployment. Droid would get no answer from the AI Gateway with it.", accessURL),
		Remedy: "In a workspace build, start the workspace again: each start makes a new token. Elsewhere, make one with " +
			"`coder tokens create` and set it as CODER_SESSION_TOKEN.",
	}}
}

func otherOwner(username string) Problem {
	return Problem{
		Problem: droid.Problem{
			Summary: "Session Token of Another User",
			Cause: fmt.Sprintf("The session token belongs to the Coder user %q, who is not the owner of this workspace. "+
				"Writing it would give one user's token to another, so nothing was written.", username),
			Remedy: "Leave session_token out of the provider block: inside Coder the provider takes the workspace owner's own.",
		},
		Fatal: true,
	}
}

// gatewayProblems says why the AI Gateway would refuse every request, or soon may.
func gatewayProblems(rights codersdk.Entitlements, d Deployment) []Problem {
	gateway := rights.Features[codersdk.FeatureAIBridge]
	governed := rights.Features[codersdk.FeatureAIGovernanceUserLimit].Entitlement.Entitled()
	switch r := d.release(); {
	case gateway.Entitlement == "":
		return []Problem{{Problem: droid.Problem{
			Summary: "No AI Gateway in This Deployment",
			Cause: fmt.Sprintf("The Coder deployment at %s, version %s, knows no AI Gateway (formerly AI Bridge).",
				d.AccessURL, versionOr(d.Version)),
			Remedy: "Upgrade Coder to 2.30 or later, or set gateway_url in the provider block to a standalone gateway.",
		}}}
	case !gateway.Entitlement.Entitled():
		return []Problem{{Problem: droid.Problem{
			Summary: "AI Gateway Not Licensed",
			Cause: fmt.Sprintf("The license of the Coder deployment at %s does not cover the AI Gateway, so it refuses every "+
				"request.", d.AccessURL),
			Remedy: "Ask a Coder administrator to add a Premium license (before Coder 2.37: with the AI Governance add-on).",
		}}}
	case !gateway.Enabled:
		return []Problem{{Problem: droid.Problem{
			Summary: "AI Gateway Switched Off",
			Cause: fmt.Sprintf("The Coder deployment at %s is licensed for the AI Gateway, but it is switched off, so it "+
				"refuses every request.", d.AccessURL),
			Remedy: "Ask a Coder administrator to start coderd with CODER_AI_GATEWAY_ENABLED=true (before 2.36: " +
				"CODER_AIBRIDGE_ENABLED=true).",
		}}}
	case r.has(addOn) && !r.has(addOnIncluded) && !governed:
		return []Problem{{
			Problem: droid.Problem{
				Summary: "AI Governance Add-On Missing",
				Cause: fmt.Sprintf("The AI Gateway of the Coder deployment at %s works, but the license has no AI Governance "+
					"add-on for its users, which Coder asks for before 2.37.", d.AccessURL),
				Remedy: "Ask a Coder administrator to extend the license.",
			},
			gatewayWorks: true,
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
