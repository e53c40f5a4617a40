// Package deployment asks a Coder deployment, through codersdk, what a template author would otherwise look up by
// hand: its access URL, its AI Gateway, and whose session token this is.
package coder

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"golang.org/x/mod/semver"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Budget bounds all calls of one [Resolve] together. With it, a build that waits in vain is held up for five seconds at most.
const Budget = 4900 * time.Millisecond

// within is [Budget] as a person is told of it.
const within = "5 seconds"

// Config says which deployment to ask, and as whom.
type Config struct {
	// AccessURL is where the deployment is reached.
	AccessURL string
	// Fixed is set when AccessURL was chosen by a person, who then is not overruled by the deployment.
	Fixed bool
	// GatewayURL is the root of a gateway of its own; empty stands for the deployment's.
	GatewayURL string
	// Token is the session token of the workspace's owner.
	Token string
	// OwnerID is the Coder user that Token has to belong to; empty where that is not known.
	OwnerID string
	// Headers go along with every call.
	Headers map[string]string
}

// Deployment is what is known of a deployment. Fields that no answer gave are empty.
type Deployment struct {
	AccessURL  string
	GatewayURL string
	Version    string
	// Owner is the user name that the token belongs to.
	Owner string
	// Enabled says that the AI Gateway can be used, Entitled that the licence covers its users; nil where no answer told.
	Enabled, Entitled *bool
	// Providers are the gateway providers that the token's owner may use, in the deployment's order; nil where no answer told.
	// Releases before 2.36 have no such list.
	Providers []Provider
	// standalone is set for a gateway of its own, which decides for itself about personal keys.
	standalone bool
	// Problems are what the checks found wrong, in a fixed order.
	Problems []Problem
}

// Assume is the deployment as the configuration alone describes it, without a call.
func (c Config) Assume() Deployment {
	return c.deployment("", "")
}

// Obstacle is the summary of the first problem that keeps the gateway from working. It is empty where none is known.
func (d Deployment) Obstacle() string {
	for _, p := range d.Problems {
		if !p.passable {
			return p.Summary
		}
	}
	return ""
}

// Resolve asks the deployment, all calls on one connection if the server allows that, and within [Budget].
func (c Config) Resolve(ctx context.Context) Deployment {
	d := c.resolve(ctx)
	for i, p := range d.Problems {
		d.Problems[i] = c.redact(p)
	}
	return d
}

func (c Config) resolve(ctx context.Context) Deployment {
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	client, err := c.client()
	if err != nil {
		d := c.Assume()
		d.Problems = append(d.Problems, c.unreachable(err))
		return d
	}

	var (
		wg                                         sync.WaitGroup
		build                                      codersdk.BuildInfoResponse
		me                                         codersdk.User
		rights                                     codersdk.Entitlements
		providers                                  []Provider
		buildErr, meErr, entitledErr, providersErr error
	)
	connected, goOn := context.WithCancel(ctx) // the others then share the connection, if the server speaks HTTP/2
	wg.Go(func() { defer goOn(); build, buildErr = client.BuildInfo(onConnection(ctx, goOn)) })
	wg.Go(func() { <-connected.Done(); me, meErr = client.User(ctx, codersdk.Me) })
	wg.Go(func() { <-connected.Done(); rights, entitledErr = client.Entitlements(ctx) })
	wg.Go(func() { <-connected.Done(); providers, providersErr = listProviders(ctx, client) })
	wg.Wait()

	d := c.deployment(build.DashboardURL, build.CanonicalVersion())
	d.Version = build.Version
	if buildErr != nil {
		d.Problems = append(d.Problems, c.unreachable(buildErr))
	}
	d.Owner = me.Username
	d.Problems = append(d.Problems, c.ownerProblems(me, meErr, buildErr != nil)...)
	if entitledErr == nil {
		gateway := rights.Features[codersdk.FeatureAIBridge]
		entitled := gateway.Entitlement.Entitled() && (governed(build.CanonicalVersion()) || rights.Features[codersdk.FeatureAIGovernanceUserLimit].Entitlement.Entitled())
		d.Enabled, d.Entitled = &gateway.Enabled, &entitled
		d.Problems = append(d.Problems, gatewayProblems(gateway, entitled, d)...)
	} else if buildErr == nil {
		d.Problems = append(d.Problems, unanswered("its entitlements", c.AccessURL, entitledErr))
	}
	if d.Providers = providers; buildErr == nil && providersErr != nil && status(providersErr) != http.StatusNotFound && d.Obstacle() == "" {
		d.Problems = append(d.Problems, unanswered("which gateway providers it has", c.AccessURL, providersErr))
	}
	return d
}

// deployment works the addresses out from what is configured and what the server says of itself.
func (c Config) deployment(dashboardURL, version string) Deployment {
	d := Deployment{AccessURL: c.AccessURL, GatewayURL: c.GatewayURL, standalone: c.GatewayURL != ""}
	if u, err := url.Parse(dashboardURL); err == nil && u.Host != "" && !c.Fixed {
		d.AccessURL = dashboardURL
	}
	d.AccessURL = strings.TrimRight(d.AccessURL, "/")
	if d.GatewayURL == "" && d.AccessURL != "" {
		d.GatewayURL = d.AccessURL + gatewayPath(version)
	}
	d.GatewayURL = strings.TrimRight(d.GatewayURL, "/")
	return d
}

// gatewayPath is the AI Gateway's canonical path; before 2.36, and where the version is not known, the older alias
// that every release with a gateway serves.
func gatewayPath(version string) string {
	if semver.Compare(version, "v2.36.0") >= 0 {
		return droid.GatewayPath
	}
	return droid.OlderGatewayPath
}

func (c Config) ownerProblems(me codersdk.User, err error, alreadyUnreachable bool) []Problem {
	switch {
	case err == nil && c.OwnerID != "" && me.ID != uuid.Nil && !strings.EqualFold(me.ID.String(), c.OwnerID):
		return []Problem{otherOwner(me.Username)}
	case status(err) == http.StatusUnauthorized:
		return []Problem{refusedToken(c.AccessURL)}
	case err != nil && !alreadyUnreachable:
		return []Problem{unanswered("whose session token this is", c.AccessURL, err)}
	}
	return nil
}

// status is the HTTP status with which the deployment refused a call; 0 if the call failed otherwise.
func status(err error) int {
	if sdkErr, ok := codersdk.AsError(err); ok {
		return sdkErr.StatusCode()
	}
	return 0
}

// governed tells whether the users of the gateway need no add-on: from Coder 2.37 on it is a part of every Premium licence, and before
// 2.30 there was none.
func governed(version string) bool {
	return semver.IsValid(version) && (semver.Compare(version, "v2.37.0") >= 0 || semver.Compare(version, "v2.30.0") < 0)
}
