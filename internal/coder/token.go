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

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Workspace says whom a token is made for. It ends up in the token's name, so that a later build finds what an earlier
// one left. It is empty where this run does not start one.
type Workspace struct {
	// Name is for the user who looks at the list of their tokens.
	Name string
	// ID tells workspaces apart, Build the builds of one. Several processes may take part in a build.
	ID, Build string
}

// family is how the names of all tokens of the workspace end, before the part that the build adds. Names may change.
func (w Workspace) family() string {
	return "-" + short(w.ID, 12) + "-"
}

const namePrefix = "droid-"

// tokenName is new each time, because several processes may make tokens for one workspace.
func (w Workspace) tokenName() string {
	return namePrefix + w.Name + w.family() + short(w.Build, 8) + short(uuid.NewString(), 4)
}

// former tells whether an earlier build of the workspace made the token of this name.
func (w Workspace) former(name string) bool {
	end := strings.LastIndex(name, "-") + 1
	return strings.HasPrefix(name, namePrefix) && strings.HasSuffix(name[:end], w.family()) &&
		!strings.HasPrefix(name[end:], short(w.Build, 8))
}

// short is the beginning of a UUID, without hyphens: a token's name is shown in a table.
func short(id string, length int) string {
	id = strings.ReplaceAll(id, "-", "")
	return id[:min(length, len(id))]
}

// narrow is what a token may be made with.
type narrow struct {
	scopes  []codersdk.APIKeyScope
	objects []codersdk.APIAllowListTarget
}

// gatewayScopes are the scopes of a gateway that looks at scopes. Each is for one kind of object.
var gatewayScopes = []codersdk.APIKeyScope{"ai_gateway_unrestricted:use", "chat_model_config:use"}

// nothing is the id of no object. A token that is limited to it can be used for no call of Coder's API.
var nothing = uuid.Nil.String()

// otherScopes are for a gateway that only looks whether a token exists and is alive, the narrowest first: the scope
// that reaches least, for an object that does not exist. Releases before 2.36 do not know the first.
var otherScopes = []narrow{
	{[]codersdk.APIKeyScope{"user_skill:read"}, []codersdk.APIAllowListTarget{{Type: "user_skill", ID: nothing}}},
	{[]codersdk.APIKeyScope{"user:read_personal"}, []codersdk.APIAllowListTarget{{Type: "user", ID: nothing}}},
}

// key is what is read of a token of the user. Codersdk refuses to read one whose allow list names a kind of object that
// is newer than itself.
type key struct {
	ID     string                 `json:"id"`
	Name   string                 `json:"token_name"`
	Scopes []codersdk.APIKeyScope `json:"scopes"`
}

const keysPath = "/api/v2/users/me/keys/"

// MakeToken makes a token that the AI Gateway of d takes and that can do nothing else, and then deletes those that
// earlier builds of the workspace made. It is empty if the problem says why there is none.
func (c Config) MakeToken(ctx context.Context, d Deployment, lifetime time.Duration) (string, *Problem) {
	ctx, cancel := context.WithTimeout(ctx, tokenTime)
	defer cancel()
	m := tokenMaker{client: c.client(), config: c, deployment: d, lifetime: lifetime}
	secret, err := m.make(ctx)
	var p Problem
	switch {
	case errors.Is(err, errTokenRefused):
		p = c.tokenRefused(d)
	case err != nil:
		p = c.tokenNotMade(err)
	default:
		if err = m.deleteFormer(ctx); err == nil {
			return secret, nil
		}
		p = tokenLeft(err)
	}
	p = c.redact(p)
	return secret, &p
}

// tokenMaker makes the token of a build, with the rights of the session token.
type tokenMaker struct {
	client     *codersdk.Client
	config     Config
	deployment Deployment
	lifetime   time.Duration
}

var (
	errTokenRefused  = errors.New("the token is refused by the AI Gateway")
	errScopesIgnored = errors.New("the token has more rights than were asked for")
)

// make makes a token in the first of the ways that works.
func (m tokenMaker) make(ctx context.Context) (secret string, err error) {
	ways, err := m.ways(ctx)
	for _, way := range ways {
		secret, err = m.create(ctx, way)
		if err == nil {
			if err = m.try(ctx, secret, way); err == nil {
				return secret, nil
			}
			if deleteErr := deleteTokens(ctx, m.client, []string{tokenID(secret)}); deleteErr != nil {
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

// ways are what a token may be made with, in the order in which it is tried. Where the gateway may look at scopes, the
// server says which it knows.
func (m tokenMaker) ways(ctx context.Context) ([]narrow, error) {
	if !m.deployment.release().has(triedToken) {
		return otherScopes, nil
	}
	listed, err := get[codersdk.ExternalAPIKeyScopes](ctx, m.client, "/api/v2/auth/scopes")
	if err != nil {
		return nil, fmt.Errorf("the deployment did not list its scopes: %w", err)
	}
	var gateway narrow
	for _, scope := range gatewayScopes {
		if slices.Contains(listed.External, scope) {
			kind, _, _ := strings.Cut(string(scope), ":")
			gateway.scopes = append(gateway.scopes, scope)
			gateway.objects = append(gateway.objects, codersdk.AllowTypeTarget(codersdk.RBACResource(kind)))
		}
	}
	if gateway.scopes != nil {
		return []narrow{gateway}, nil
	}
	return otherScopes, nil
}

// create makes a token. If the name is taken, an earlier try made one and its answer was lost. The next build deletes
// that one.
func (m tokenMaker) create(ctx context.Context, way narrow) (secret string, err error) {
	var made codersdk.GenerateAPIKeyResponse
	for range 2 {
		made, err = m.client.CreateToken(ctx, codersdk.Me, codersdk.CreateTokenRequest{
			TokenName: m.config.Workspace.tokenName(), Lifetime: m.lifetime, Scopes: way.scopes, AllowList: way.objects,
		})
		if status(err) != http.StatusConflict {
			break
		}
	}
	if err == nil && made.Key == "" {
		err = errors.New("the answer has no token")
	}
	return made.Key, err
}

// try finds out whether a token is what was asked for and whether the gateway takes it, unless the tests have seen that
// the release's gateway does. A gateway that gives no answer gets the benefit of the doubt: other checks tell what is
// wrong with it. One that looks at scopes takes this request, which names no model, whatever the scopes are.
func (m tokenMaker) try(ctx context.Context, secret string, way narrow) error {
	if r := m.deployment.release(); r.has(narrowScope) && !r.has(triedToken) {
		return nil
	}
	made, err := get[key](ctx, m.client, keysPath+tokenID(secret))
	if err != nil {
		return err
	}
	if !slices.Equal(slices.Sorted(slices.Values(made.Scopes)), slices.Sorted(slices.Values(way.scopes))) {
		return errScopesIgnored
	}
	if m.refuses(ctx, secret) {
		return errTokenRefused
	}
	return nil
}

// refuses tells whether the gateway refuses a token. It asks for a path from which the gateway only redirects, to the
// same one with a single slash. It does so when it has accepted the token, without a line in its log and without asking
// a vendor.
func (m tokenMaker) refuses(ctx context.Context, secret string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.deployment.GatewayURL+"/token//check", http.NoBody)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := m.config.once().RoundTrip(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusForbidden {
		return res.StatusCode == http.StatusUnauthorized
	}
	body, _ := io.ReadAll(res.Body)
	return !bytes.Contains(body, []byte("AI budget")) && !bytes.Contains(body, []byte("Premium")) // no fault of the token
}

// deleteFormer deletes the tokens that earlier builds made for the workspace.
func (m tokenMaker) deleteFormer(ctx context.Context) error {
	keys, err := get[[]key](ctx, m.client, keysPath+"tokens")
	if err != nil {
		return err
	}
	var former []string
	for _, k := range keys {
		if m.config.Workspace.former(k.Name) {
			former = append(former, k.ID)
		}
	}
	return deleteTokens(ctx, m.client, former)
}

// deleteTokens deletes tokens, all at once. One that is gone is as good as deleted.
func deleteTokens(ctx context.Context, client *codersdk.Client, ids []string) error {
	failures := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			if err := client.DeleteAPIKey(ctx, codersdk.Me, id); status(err) != http.StatusNotFound {
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

// keyless is what follows for a build that goes on without a token. The session token never takes its place.
const keyless = "The settings file that a user has stays as it is. Without one, Droid gets the models without a key, " +
	"and the AI Gateway refuses them."

func (c Config) tokenNotMade(err error) Problem {
	return Problem{assumed: keyless, Problem: droid.Problem{
		Summary: "Gateway Token Not Made",
		Cause:   fmt.Sprintf("The Coder deployment at %s made no token for the AI Gateway alone.", c.AccessURL),
		Remedy: "The error says why. If the deployment is too busy, start the workspace again. If its tokens can't live so " +
			"long, set token_lifetime. If it forbids tokens, ask a Coder administrator, or set token_scope = \"session\" to " +
			"give Droid the session token.",
		Error: tokenCause(err),
	}}
}

func (c Config) tokenRefused(d Deployment) Problem {
	return Problem{assumed: keyless, Problem: droid.Problem{
		Summary: "Gateway Token Refused",
		Cause: fmt.Sprintf("The AI Gateway at %s, version %s, does not accept a token that can do nothing else. The tokens "+
			"made to try it are deleted.", d.GatewayURL, versionOr(d.Version)),
		Remedy: "Look for a version of this provider that knows this release of Coder, or set token_scope = \"session\" to " +
			"give Droid the session token.",
	}}
}

// tokenLeft has no consequence for Droid.
func tokenLeft(err error) Problem {
	return Problem{gatewayWorks: true, Problem: droid.Problem{
		Summary: "Former Gateway Token Not Deleted",
		Cause: "The token for the AI Gateway that an earlier build made could not be deleted, so it works until its " +
			"lifetime ends.",
		Remedy: "Delete it with `coder tokens list` and `coder tokens remove`. Its name begins with droid-. The next start " +
			"of the workspace tries again.",
		Error: tokenCause(err),
	}}
}

// tokenCause also has the detail of an answer, which alone says what the deployment has against a token.
func tokenCause(err error) string {
	if sdkErr, ok := codersdk.AsError(err); ok && sdkErr.Detail != "" {
		return oneLine(fmt.Sprintf("HTTP status %d: %s %s", sdkErr.StatusCode(), sdkErr.Message, sdkErr.Detail))
	}
	return cause(err)
}
