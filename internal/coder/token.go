package coder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"golang.org/x/mod/semver"
)

// Token is one that [Config.MakeToken] made.
type Token struct {
	// Secret is what a client sends. Its part before the hyphen is the token's id, which is not secret.
	Secret string
	// Lifetime is what the deployment granted.
	Lifetime time.Duration
}

// ID is the part of a token that is not secret.
func (t Token) ID() string { return tokenID(t.Secret) }

// Holder says whom a token is made for. It ends up in the token's name, so that a later run finds what an earlier one left.
type Holder struct {
	// Label is for the person who looks at the list of their tokens.
	Label string
	// ID tells holders apart: that of a workspace or of a resource.
	ID string
	// Run tells the runs for one holder apart. Several processes may take part in a run.
	Run string
}

// family is how the names of all tokens of the holder end, before the part that the run adds. Labels may change.
func (h Holder) family() string {
	return "-" + short(h.ID, 12) + "-"
}

const namePrefix = "droid-"

// name is new each time, because several processes may make tokens for one holder.
func (h Holder) name() string {
	return namePrefix + h.Label + h.family() + short(h.Run, 8) + short(uuid.NewString(), 4)
}

// left tells whether an earlier run for the same holder made the token of this name.
func (h Holder) left(name string) bool {
	end := strings.LastIndex(name, "-") + 1
	return strings.HasPrefix(name, namePrefix) && strings.HasSuffix(name[:end], h.family()) && !strings.HasPrefix(name[end:], short(h.Run, 8))
}

// short is the beginning of a UUID, without hyphens: a token's name is shown in a table.
func short(id string, length int) string {
	id = strings.ReplaceAll(id, "-", "")
	return id[:min(length, len(id))]
}

// provenReleases are those whose gateway the tests in e2e/ have seen take a token of the first of the scopes. On another, the
// token is tried before it is given away.
var provenReleases = []string{"v2.36"}

func proven(version string) bool {
	return slices.Contains(provenReleases, semver.MajorMinor(version))
}

// nothing is the id of no object. A token that is limited to it can be used for no call of Coder's API.
var nothing = uuid.Nil.String()

// scopes are what a token for the gateway may be made with, the narrowest first. The gateway of 2.36 only looks whether a token
// exists and is alive, and there is no scope for the gateway. So it is the scope that reaches least, for an object that does not
// exist. Releases before 2.36 do not know the first.
var scopes = []struct {
	scope  codersdk.APIKeyScope
	object codersdk.APIAllowListTarget
}{
	{"user_skill:read", codersdk.APIAllowListTarget{Type: codersdk.ResourceUserSkill, ID: nothing}},
	{"user:read_personal", codersdk.APIAllowListTarget{Type: codersdk.ResourceUser, ID: nothing}},
}

// MakeToken makes a token that the AI Gateway of d takes and that can do nothing else, and then deletes those that earlier runs made
// for the holder. It is the empty one if the problems tell why there is none.
func (c Config) MakeToken(ctx context.Context, d Deployment, holder Holder, lifetime time.Duration) (Token, []Problem) {
	token, problems := c.makeToken(ctx, d, holder, lifetime)
	for i, p := range problems {
		problems[i] = c.redact(p)
	}
	return token, problems
}

func (c Config) makeToken(ctx context.Context, d Deployment, holder Holder, lifetime time.Duration) (Token, []Problem) {
	client, err := c.client()
	if err != nil {
		return Token{}, []Problem{c.tokenNotMade(err)}
	}
	m := tokenMaker{client: client, config: c, gatewayURL: d.GatewayURL, tried: proven(d.Version), holder: holder}

	var (
		wg              sync.WaitGroup
		limits          codersdk.TokenConfig
		left            []string
		limitErr, found error
	)
	wg.Go(func() { limits, limitErr = client.GetTokenConfig(ctx, codersdk.Me) })
	wg.Go(func() { left, found = m.left(ctx) })
	wg.Wait()
	if limitErr == nil && limits.MaxTokenLifetime > 0 {
		lifetime = min(lifetime, limits.MaxTokenLifetime)
	}
	secret, err := m.make(ctx, lifetime)
	if errors.Is(err, errTokenRefused) {
		return Token{}, []Problem{c.tokenRefused(d)}
	}
	if err != nil {
		return Token{}, []Problem{c.tokenNotMade(err)}
	}
	if found == nil {
		found = m.delete(ctx, left...)
	}
	if found != nil {
		return Token{secret, lifetime}, []Problem{tokenLeft(lifetime, found)}
	}
	return Token{secret, lifetime}, nil
}

// DeleteTokens deletes the tokens that earlier runs made for the holder.
func (c Config) DeleteTokens(ctx context.Context, holder Holder) []Problem {
	client, err := c.client()
	if err == nil {
		m := tokenMaker{client: client, holder: holder}
		var left []string
		if left, err = m.left(ctx); err == nil {
			err = m.delete(ctx, left...)
		}
	}
	if err != nil {
		return []Problem{c.redact(tokenLeft(0, err))}
	}
	return nil
}

// tokenMaker makes the tokens of one holder, with the rights of the session token.
type tokenMaker struct {
	client     *codersdk.Client
	config     Config
	gatewayURL string
	tried      bool // the gateway is known to take the first of the scopes
	holder     Holder
}

var (
	errTokenRefused  = errors.New("the token is refused by the AI Gateway")
	errScopesIgnored = errors.New("the token has more rights than were asked for")
)

// make makes a token of the narrowest scope that works.
func (m tokenMaker) make(ctx context.Context, lifetime time.Duration) (secret string, err error) {
	for _, s := range scopes {
		secret, err = m.create(ctx, codersdk.CreateTokenRequest{
			Lifetime:  lifetime,
			Scopes:    []codersdk.APIKeyScope{s.scope},
			AllowList: []codersdk.APIAllowListTarget{s.object},
		})
		if err == nil {
			if err = m.try(ctx, secret, s.scope); err == nil {
				return secret, nil
			}
			if deleteErr := m.delete(ctx, tokenID(secret)); deleteErr != nil {
				return "", fmt.Errorf("%s, and could not be deleted: %w", err.Error(), deleteErr)
			}
			continue
		}
		if status(err) != http.StatusBadRequest { // 400: a scope that is not known
			return "", err
		}
	}
	return "", err
}

// create makes a token. If an earlier try made it and the answer was lost, the name is taken: that one is deleted.
func (m tokenMaker) create(ctx context.Context, request codersdk.CreateTokenRequest) (secret string, err error) {
	request.TokenName = m.holder.name()
	made, err := m.client.CreateToken(ctx, codersdk.Me, request)
	if status(err) == http.StatusConflict {
		key, lostErr := m.client.APIKeyByName(ctx, codersdk.Me, request.TokenName)
		if lostErr != nil {
			return "", lostErr
		}
		if lostErr = m.delete(ctx, key.ID); lostErr != nil {
			return "", lostErr
		}
		made, err = m.client.CreateToken(ctx, codersdk.Me, request)
	}
	if err == nil && made.Key == "" {
		err = errors.New("the answer has no token")
	}
	return made.Key, err
}

// try finds out, on a release that the tests have not proven, whether a token is what was asked for and whether the gateway takes it.
// A gateway that gives no answer gets the benefit of the doubt: other checks tell what is wrong with it.
func (m tokenMaker) try(ctx context.Context, secret string, scope codersdk.APIKeyScope) error {
	if m.tried {
		return nil
	}
	key, err := m.client.APIKeyByID(ctx, codersdk.Me, tokenID(secret))
	if err != nil {
		return err
	}
	if !slices.Equal(key.Scopes, []codersdk.APIKeyScope{scope}) {
		return errScopesIgnored
	}
	if m.refuses(ctx, secret) {
		return errTokenRefused
	}
	return nil
}

// refuses tells whether the gateway refuses a token. It asks for a path from which the gateway only redirects, to the same one with a
// single slash. It does so when it has accepted the token, without a line in its log and without asking a vendor.
func (m tokenMaker) refuses(ctx context.Context, secret string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.gatewayURL+"/token//check", http.NoBody)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := m.config.once(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusForbidden {
		return res.StatusCode == http.StatusUnauthorized
	}
	body, _ := io.ReadAll(res.Body)
	return !bytes.Contains(body, []byte("AI budget")) && !bytes.Contains(body, []byte("Premium")) // these are no fault of the token
}

// left are the ids of the tokens that earlier runs made for the holder. Those that have expired are not among them.
func (m tokenMaker) left(ctx context.Context) ([]string, error) {
	keys, err := m.client.Tokens(ctx, codersdk.Me, codersdk.TokensFilter{})
	var ids []string
	for _, key := range keys {
		if m.holder.left(key.TokenName) {
			ids = append(ids, key.ID)
		}
	}
	return ids, err
}

// delete deletes tokens, all at once. One that is gone is as good as deleted.
func (m tokenMaker) delete(ctx context.Context, ids ...string) error {
	failures := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			if err := m.client.DeleteAPIKey(ctx, codersdk.Me, id); status(err) != http.StatusNotFound {
				failures[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}

// tokenID is the part of a token that is not secret.
func tokenID(secret string) string {
	id, _, _ := strings.Cut(secret, "-")
	return id
}

// fallback is what follows for a build that goes on without a token of its own.
const fallback = "Droid gets the session token instead, with which it can do all that its owner can."

func (c Config) tokenNotMade(err error) Problem {
	p := Problem{assumed: fallback}
	p.Summary = "Gateway Token Not Made"
	p.Cause = fmt.Sprintf("The Coder deployment at %s made no token for the AI Gateway alone.", c.AccessURL)
	p.Remedy = "The error says why. If the deployment is too busy, start the workspace again. If it forbids tokens, ask a Coder administrator, or set " +
		"token_scope = \"all\" to give Droid the session token."
	p.Error = tokenCause(err)
	return p
}

func (c Config) tokenRefused(d Deployment) Problem {
	p := Problem{assumed: fallback}
	p.Summary = "Gateway Token Refused"
	p.Cause = fmt.Sprintf("The AI Gateway at %s, version %s, does not accept a token that can do nothing else. The tokens made to try it are deleted.",
		d.GatewayURL, versionOr(d.Version))
	p.Remedy = "Look for a version of this provider that knows this release of Coder, or set token_scope = \"all\" to give Droid the session token."
	return p
}

// tokenLeft has no consequence for Droid.
func tokenLeft(lifetime time.Duration, err error) Problem {
	p := Problem{passable: true}
	p.Summary = "Former Gateway Token Not Deleted"
	p.Cause = "The token for the AI Gateway that an earlier run made could not be deleted, so it works until its lifetime ends."
	p.Remedy = "Delete it with `coder tokens list` and `coder tokens remove`. Its name begins with droid-. The next start of the workspace tries again."
	if lifetime == 0 {
		p.Remedy = "Delete it with `coder tokens list` and `coder tokens remove`. Its name begins with droid-."
	}
	p.Error = tokenCause(err)
	return p
}

// tokenCause also has the detail of an answer, which alone says what the deployment has against a token.
func tokenCause(err error) string {
	if sdkErr, ok := codersdk.AsError(err); ok && sdkErr.Detail != "" {
		return oneLine(fmt.Sprintf("HTTP status %d: %s %s", sdkErr.StatusCode(), sdkErr.Message, sdkErr.Detail))
	}
	return cause(err)
}
