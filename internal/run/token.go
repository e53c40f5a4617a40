package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// What Droid's token can do: all that the session token can, or use the gateway.
const (
	scopeAll     = "all"
	scopeGateway = "gateway"
)

// CheckTokenScope refuses what is no scope of a token.
func CheckTokenScope(s string) error { return droid.OneOf(s, scopeAll, scopeGateway) }

// defaultLifetime is long enough for a workspace that is stopped every weekend.
const defaultLifetime = "168h"

// The limits of a lifetime. With less than a minute no start ends in time, and the longest is Coder's own default for its limit.
const (
	shortestLifetime = time.Minute
	longestLifetime  = 876600 * time.Hour
)

// CheckTokenLifetime refuses what can't be the lifetime of a token.
func CheckTokenLifetime(s string) error {
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

// CheckToken refuses a token of its own in a run that may not ask for one.
func (c Config) CheckToken() []droid.Problem {
	if c.TokenScope.Text != scopeGateway || c.Verification.Text != Skip {
		return nil
	}
	return []droid.Problem{{
		Summary: "Gateway Token Needs the Deployment",
		Cause: `With token_scope = "gateway" the provider asks the Coder deployment for a token, and with verification = "skip" it makes no call to ` +
			"the deployment.",
		Remedy:    `Set verification to "warn" or "require", or token_scope to "all".`,
		Attribute: "token_scope",
	}}
}

// likeToken is as long as a token is. It stands in where there is none yet.
const likeToken = "0123456789-0123456789012345678901"

// tokens are those that this process makes for the gateway.
type tokens struct {
	scoped    bool
	lifetime  time.Duration
	workspace coder.Holder // without an ID outside a workspace build
	now       func() time.Time

	mu   sync.Mutex
	made map[string]*made
}

// made is how it went to make a token for a holder.
type made struct {
	coder.Token
	problems []coder.Problem
	told     bool
}

func newTokens(c Config, getenv func(string) string) tokens {
	lifetime, _ := time.ParseDuration(cmp.Or(c.TokenLifetime.Text, defaultLifetime)) // it has been checked already
	return tokens{
		scoped:    c.TokenScope.Text == scopeGateway,
		lifetime:  lifetime,
		workspace: coder.Holder{Label: getenv("CODER_WORKSPACE_NAME"), ID: getenv("CODER_WORKSPACE_ID"), Run: getenv("CODER_WORKSPACE_BUILD_ID")},
		now:       time.Now,
		made:      make(map[string]*made),
	}
}

// holder says whom this run makes a token for. In a workspace build that is the workspace: each build writes all of its resources anew,
// so they share one. Elsewhere a run may write one resource and leave the others as they are, so each has a token of its own.
func (b *Run) holder(resource string) coder.Holder {
	if b.phase != outside && b.tokens.workspace.ID != "" {
		return b.tokens.workspace
	}
	return coder.Holder{Label: "terraform", ID: resource, Run: uuid.NewString()}
}

// ownToken tells whether models of the gateway get a token that this run makes.
func (b *Run) ownToken(want droid.Settings) bool {
	return b.tokens.scoped && b.config.Token != "" && want.NeedsGateway()
}

// token is what the models of a resource authenticate with: the session token, or one that can only use the gateway. The latter is made
// once in this process for all resources of a workspace. Without a token of its own a build that goes on gives the session token.
func (b *Run) token(want droid.Settings, d coder.Deployment, resource string) (string, []droid.Problem) {
	if !b.ownToken(want) {
		return b.config.Token, nil
	}
	b.tokens.mu.Lock()
	defer b.tokens.mu.Unlock()
	holder := b.holder(resource)
	m := b.tokens.made[holder.ID]
	if m == nil {
		m = b.makeToken(d, holder)
		b.tokens.made[holder.ID] = m
	}
	var problems []droid.Problem
	for _, p := range m.problems {
		switch {
		case b.verification == Require:
			problems = append(problems, p.Problem)
		case !m.told:
			problems = append(problems, p.AsWarning())
		}
	}
	m.told = true
	return cmp.Or(m.Secret, b.config.Token), problems
}

func (b *Run) makeToken(d coder.Deployment, holder coder.Holder) *made {
	ctx, end := b.budget.begin()
	defer end()
	token, problems := b.config.MakeToken(ctx, d, holder, b.tokens.lifetime)
	return &made{Token: token, problems: problems}
}

// End deletes the token of a resource that is destroyed. text is the memory of the last run.
func (b *Run) End(text []byte, resource string) []droid.Problem {
	return b.endToken(recalled(text).Token, resource)
}

// endToken deletes the token that an earlier run made for a resource, if this run made no other and nothing needs it any more. That of a
// workspace ends with a later start or by its lifetime.
func (b *Run) endToken(then *madeToken, resource string) []droid.Problem {
	if then == nil || b.phase != outside || b.config.Token == "" || b.verification == Skip || b.missingAddress() != nil {
		return nil
	}
	b.tokens.mu.Lock()
	defer b.tokens.mu.Unlock()
	holder := b.holder(resource)
	if b.tokens.made[holder.ID] != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), coder.Budget)
	defer cancel()
	var problems []droid.Problem
	for _, p := range b.config.DeleteTokens(ctx, holder) {
		problems = append(problems, p.AsWarning())
	}
	return problems
}

// madeToken is what the next plan gets to know of a token. It holds no secret: a token's id is its name in Coder's lists, and the
// fingerprint of a session token leads back to nothing.
type madeToken struct {
	ID       string        `json:"id"`
	Session  string        `json:"session"`
	Lifetime time.Duration `json:"lifetime"`
	Renew    time.Time     `json:"renew"`
}

func fingerprint(token string) string {
	sum := sha256.Sum256([]byte("factory session token " + token))
	return hex.EncodeToString(sum[:8])
}

// rememberToken is what the next plan gets to know of the token that this run made for a resource.
func (b *Run) rememberToken(resource string) *madeToken {
	b.tokens.mu.Lock()
	defer b.tokens.mu.Unlock()
	m := b.tokens.made[b.holder(resource).ID]
	if m == nil || m.Secret == "" {
		return nil
	}
	return &madeToken{
		ID:       m.ID(),
		Session:  fingerprint(b.config.Token),
		Lifetime: b.tokens.lifetime,
		Renew:    b.tokens.now().Add(m.Lifetime / 2).UTC().Truncate(time.Second),
	}
}

// expectToken is what the models of a resource will authenticate with, as far as that can be told at plan, from what the last apply
// remembered and the document that it made. It is certain when apply will give the same. Each start makes a new one. Elsewhere a token
// stays until half of its lifetime is over.
func (b *Run) expectToken(want droid.Settings, then *madeToken, document string) (token string, certain bool) {
	if !b.ownToken(want) {
		return b.config.Token, true
	}
	if b.phase != outside || then == nil || then.Session != fingerprint(b.config.Token) || then.Lifetime != b.tokens.lifetime ||
		!b.tokens.now().Before(then.Renew) {
		return likeToken, false
	}
	at := strings.Index(document, then.ID+"-")
	if at < 0 {
		return likeToken, false
	}
	token, _, found := strings.Cut(document[at:], `"`)
	return token, found
}
