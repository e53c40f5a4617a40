// Package build knows what this run of Terraform is. From the provider block and the environment it decides, once: the phase of the
// workspace, the session token or why there is none, how strict the checks are, and which deployment is asked. It asks the
// deployment once, too, and says in plain words what is wrong.
package run

import (
	"cmp"
	"fmt"
	"sync"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The kinds of verification: a failed check fails the build, or warns, or nothing is checked and no call is made.
const (
	Require = "require"
	Warn    = "warn"
	Skip    = "skip"
)

// CheckVerification refuses what is no kind of verification.
func CheckVerification(s string) error { return droid.OneOf(s, Require, Warn, Skip) }

// Config is the provider block.
type Config struct {
	AccessURL, SessionToken, GatewayURL, Verification Value
	TokenScope, TokenLifetime                         Value
	// Headers go along with the provider's own calls.
	Headers map[string]string
	// HeadersUnknown is set when a header depends on something that is not there yet.
	HeadersUnknown bool
}

// Value is a text of the provider block. An unknown one depends on something that is not there yet, so it has no text and no default
// takes its place.
type Value struct {
	Text    string
	Unknown bool
}

// Build is this run of Terraform.
type Run struct {
	phase        phase
	verification string
	unknown      bool
	config       coder.Config // with the session token that this run gives to models

	resolve func() coder.Deployment
	warned  sync.Once

	mu            sync.Mutex
	checked       map[coder.Use]bool
	readings      map[string]reading // by source
	warnedLeftOut sync.Once

	budget budget
	tokens tokens
}

// New decides between configuration, environment and default, in this order.
func New(c Config, getenv func(string) string) (*Run, []droid.Problem) {
	b := &Run{
		phase:        phaseOf(getenv),
		verification: cmp.Or(c.Verification.Text, Warn),
		unknown: c.AccessURL.Unknown || c.SessionToken.Unknown || c.GatewayURL.Unknown || c.Verification.Unknown ||
			c.TokenScope.Unknown || c.TokenLifetime.Unknown || c.HeadersUnknown,
		config: coder.Config{
			Fixed:      c.AccessURL.Text != "",
			GatewayURL: c.GatewayURL.Text,
			OwnerID:    getenv("CODER_WORKSPACE_OWNER_ID"),
			Headers:    c.Headers,
		},
		checked:  make(map[coder.Use]bool),
		readings: make(map[string]reading),
		tokens:   newTokens(c, getenv),
	}
	e := environment{getenv: getenv}
	b.config.AccessURL = e.or(c.AccessURL, "access_url", droid.CheckAccessURL, "CODER_AGENT_URL", "CODER_URL")
	b.config.Token = b.phase.token(e.or(c.SessionToken, "session_token", droid.CheckKey,
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "CODER_SESSION_TOKEN"))
	b.resolve = sync.OnceValue(func() coder.Deployment {
		ctx, end := b.budget.begin()
		defer end()
		return b.config.Resolve(ctx)
	})
	return b, e.problems
}

// environment looks up variables and collects what is wrong with them.
type environment struct {
	getenv   func(string) string
	problems []droid.Problem
}

// or is the configured value, otherwise that of the first variable that is set. The provider block has been checked already.
func (e *environment) or(configured Value, attribute string, check func(string) error, variables ...string) string {
	if configured.Text != "" || configured.Unknown {
		return configured.Text
	}
	for _, variable := range variables {
		value := e.getenv(variable)
		if value == "" {
			continue
		}
		if err := check(value); err != nil {
			e.problems = append(e.problems, droid.Problem{
				Summary: "Invalid Environment Variable",
				Cause:   fmt.Sprintf("The environment variable %s is not usable as %s: it %s.", variable, attribute, err),
				Remedy:  fmt.Sprintf("Correct the variable, or set %s in the provider block.", attribute),
			})
		}
		return value
	}
	return ""
}

// Unknown tells whether the provider block depends on a value that is known only after apply.
func (b *Run) Unknown() bool { return b.unknown }

// render makes the settings document, of the resource's settings or of those settings with a catalogue.
func (w Wanted) render(token string, settings droid.Settings, d coder.Deployment) ([]byte, []droid.Problem) {
	document, err := settings.Render(droid.Gateway{URL: d.GatewayURL, Token: token, TokenVariable: w.TokenVariable})
	if err != nil {
		return nil, []droid.Problem{{
			Summary: "Settings Not Renderable",
			Cause:   "The models can't be written as JSON.",
			Error:   err.Error(),
		}}
	}
	return document.Text, nil
}
