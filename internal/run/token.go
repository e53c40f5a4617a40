package run

import (
	"context"
	"errors"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// What Droid's token can do: all that the session token can, or use the gateway.
const (
	ScopeSession = "session"
	ScopeGateway = "gateway"
)

// CheckScope returns an error unless s is a scope of a token.
func CheckScope(s string) error { return droid.OneOf(s, ScopeSession, ScopeGateway) }

// DefaultLifetime is long enough for a workspace that is stopped every weekend.
const DefaultLifetime = 168 * time.Hour

// The limits of a lifetime. With less than a minute no start ends in time, and the longest is Coder's own default for
// its limit.
const (
	shortestLifetime = time.Minute
	longestLifetime  = 876600 * time.Hour
)

// CheckLifetime returns an error unless s is the lifetime of a token.
func CheckLifetime(s string) error {
	lifetime, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return errors.New(`must be a duration in hours, minutes or seconds, such as "168h" or "1h30m"`)
	case lifetime < shortestLifetime:
		return errors.New("must be at least 1m")
	case lifetime > longestLifetime:
		return errors.New("must be at most 876600h, which is 100 years")
	}
	return nil
}

// gatewayToken is how it went to make a token for the gateway. All resources of the workspace share it.
type gatewayToken struct {
	secret  string
	problem *coder.Problem
}

// giveToken gives what the models authenticate with: the session token, or one that can only use the gateway. The
// session token never takes the place of the latter: if there is none, the models are keyless.
func (r *Run) giveToken(
	w Wanted, s droid.Settings, d coder.Deployment, problems []droid.Problem,
) (token string, keyless bool, all []droid.Problem) {
	switch {
	case r.tokenless():
		return "", false, problems
	case w.Scope != ScopeGateway || !s.NeedsGateway():
		return r.config.Token, false, problems
	case r.phase != starting:
		return "", true, append(problems, droid.Problem{
			Summary: "No Gateway Token Outside a Workspace Build",
			Cause: `A token of token_scope = "gateway" is made when a workspace starts, and this run is not the start of one. ` +
				"The models come without a key, and the AI Gateway refuses them.",
			Remedy:  `Set token_scope = "session" to use the session token of this run.`,
			Warning: true,
		})
	case d.Obstacle() != "":
		problems[0] = problems[0].Adding("No token is made.") // the first message has said why
		return "", true, problems
	}
	t := r.makeToken(w.Lifetime, d)
	if p := t.problem; p != nil && r.verification == Require && t.secret == "" {
		problems = append(problems, p.Problem)
	} else if p != nil {
		problems = append(problems, p.AsWarning())
	}
	return t.secret, t.secret == "", problems
}

func (r *Run) makeToken(lifetime time.Duration, d coder.Deployment) gatewayToken {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token == nil {
		secret, problem := r.config.MakeToken(context.Background(), d, lifetime)
		r.token = &gatewayToken{secret, problem}
	}
	return *r.token
}
