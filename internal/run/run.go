// Package run knows what this run of Terraform is. From the provider block and the environment it decides, once: the
// phase of the workspace, the session token or why there is none, how strict the checks are, and which deployment is
// asked. For each resource it then works out what is delivered, and says in plain words what is wrong.
package run

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The kinds of verification: a failed check fails the build, or warns, or nothing is checked and no call is made.
const (
	Require = "require"
	Warn    = "warn"
	Skip    = "skip"
)

// CheckVerification returns an error unless s is a kind of verification.
func CheckVerification(s string) error { return droid.OneOf(s, Require, Warn, Skip) }

// Config is the provider block.
type Config struct {
	AccessURL, SessionToken, GatewayURL, Verification string
	// Headers go along with the provider's own calls.
	Headers map[string]string
	// Unknown is set if one of these depends on something that is not there yet.
	Unknown bool
}

// Run is this run of Terraform.
type Run struct {
	phase        phase
	verification string
	unknown      bool
	config       coder.Config // with the session token that this run gives to models

	// Each of these asks the deployment once in this process.
	deployment func() coder.Deployment
	catalogs   map[string]func() coder.Catalog // by source

	mu        sync.Mutex
	token     *gatewayToken   // nil until it is made
	given     map[string]bool // warnings that were given, by their texts
	refreshed atomic.Bool
}

// New decides between configuration, environment and default, in this order.
func New(c Config, getenv func(string) string) (*Run, []droid.Problem) {
	r := &Run{
		phase:        phaseOf(getenv),
		verification: cmp.Or(c.Verification, Warn),
		unknown:      c.Unknown,
		config: coder.Config{
			Fixed:      c.AccessURL != "",
			GatewayURL: c.GatewayURL,
			OwnerID:    getenv("CODER_WORKSPACE_OWNER_ID"),
			Headers:    c.Headers,
		},
		given: make(map[string]bool),
	}
	if r.phase == starting {
		r.config.Workspace = coder.Workspace{
			Name: getenv("CODER_WORKSPACE_NAME"), ID: getenv("CODER_WORKSPACE_ID"), Build: getenv("CODER_WORKSPACE_BUILD_ID"),
		}
	}
	r.askOnce(context.Background())
	if r.unknown { // no default takes the place of what is not there yet
		return r, nil
	}
	e := environment{getenv: getenv}
	r.config.AccessURL = e.or(c.AccessURL, "access_url", droid.CheckAccessURL, "CODER_AGENT_URL", "CODER_URL")
	token := e.or(c.SessionToken, "session_token", droid.CheckKey,
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "CODER_SESSION_TOKEN")
	if !r.tokenless() {
		r.config.Token = token
	}
	return r, e.problems
}

func (r *Run) askOnce(ctx context.Context) {
	r.deployment = sync.OnceValue(func() coder.Deployment { return r.config.Ask(ctx) })
	r.catalogs = make(map[string]func() coder.Catalog)
	for _, source := range []string{coder.FromCoder, coder.FromUpstream} {
		r.catalogs[source] = sync.OnceValue(func() coder.Catalog { return r.config.ReadCatalog(ctx, r.deployment(), source) })
	}
}

// environment looks up variables and collects what is wrong with them.
type environment struct {
	getenv   func(string) string
	problems []droid.Problem
}

// or is the configured value, otherwise that of the first variable that is set. The provider block has been checked
// already.
func (e *environment) or(configured, attribute string, check func(string) error, variables ...string) string {
	if configured != "" {
		return configured
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

// Refresh notes that Terraform has read a resource. It reads before it plans, but not when it plans again to apply.
func (r *Run) Refresh() { r.refreshed.Store(true) }

// Refreshed tells whether Terraform has read a resource in this process.
func (r *Run) Refreshed() bool { return r.refreshed.Load() }

// Ending tells whether the workspace stops or is deleted.
func (r *Run) Ending() bool { return r.phase == ending }

// once leaves out the warnings that this process has given already: one is enough for any number of resources.
func (r *Run) once(problems []droid.Problem) (out []droid.Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range problems {
		if text := p.Summary + "\n" + p.Detail(); !p.Warning || !r.given[text] {
			r.given[text] = p.Warning
			out = append(out, p)
		}
	}
	return out
}

func failed(problems []droid.Problem) bool {
	for _, p := range problems {
		if !p.Warning {
			return true
		}
	}
	return false
}
