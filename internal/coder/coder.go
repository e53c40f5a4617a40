// Package coder asks a Coder deployment, through codersdk, what a template author would otherwise look up by
// hand: its access URL, its AI Gateway, whose session token this is, and which models its owner may use.
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

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The times that calls may take: the checks, and the checks with a catalog after them. A token has time of its own,
// which nothing else can spend.
const (
	checkTime = 2900 * time.Millisecond
	askTime   = 4900 * time.Millisecond
	tokenTime = 3 * time.Second
)

// Config says which deployment to ask, and as whom.
type Config struct {
	// AccessURL is where the deployment is reached.
	AccessURL string
	// Fixed is set if the provider block has AccessURL, which then stays whatever the deployment says.
	Fixed bool
	// GatewayURL is the root of a standalone gateway; empty stands for the deployment's.
	GatewayURL string
	// Token is the session token of the workspace's owner.
	Token string
	// OwnerID is the Coder user that Token has to belong to; empty where that is not known.
	OwnerID   string
	Workspace Workspace
	// Headers go along with every call.
	Headers map[string]string
}

// Deployment is what is known of a deployment. Fields that no answer gave are empty.
type Deployment struct {
	AccessURL, GatewayURL string
	Version               string
	// Providers are the gateway providers that the token's owner may use, in the deployment's order. They are nil if
	// no answer told, and before Coder 2.36.
	Providers []Provider
	// Problems are what the checks found wrong, in a fixed order.
	Problems []Problem

	askedAt       time.Time
	organizations []uuid.UUID // of the token's owner
	standalone    bool        // a standalone gateway decides for itself about personal keys
	silent        bool        // some of the calls got no answer, as a problem says
}

func (d Deployment) release() release {
	return release(codersdk.BuildInfoResponse{Version: d.Version}.CanonicalVersion())
}

// Assume is the deployment as the configuration alone describes it, without a call.
func (c Config) Assume() Deployment {
	return c.deployment("", "")
}

// Obstacle is the summary of the first problem that keeps the gateway from working. It is empty if none is known.
func (d Deployment) Obstacle() string {
	for _, p := range d.Problems {
		if !p.gatewayWorks {
			return p.Summary
		}
	}
	return ""
}

// Ask asks the deployment, all calls at once. A call that hangs costs its own answer alone.
func (c Config) Ask(ctx context.Context) Deployment {
	begin := time.Now()
	ctx, cancel := context.WithDeadline(ctx, begin.Add(checkTime))
	defer cancel()
	client := c.client()
	var (
		wg                                      sync.WaitGroup
		build                                   codersdk.BuildInfoResponse
		me                                      codersdk.User
		rights                                  codersdk.Entitlements
		providers                               []Provider
		buildErr, meErr, rightsErr, providerErr error
	)
	wg.Go(func() { build, buildErr = client.BuildInfo(ctx) })
	wg.Go(func() { me, meErr = client.User(ctx, codersdk.Me) })
	wg.Go(func() { rights, rightsErr = client.Entitlements(ctx) })
	wg.Go(func() { providers, providerErr = listProviders(ctx, client) })
	wg.Wait()

	d := c.deployment(build.DashboardURL, build.Version)
	d.askedAt = begin
	d.organizations = me.OrganizationIDs
	if buildErr != nil && meErr != nil && rightsErr != nil && status(meErr) != http.StatusUnauthorized {
		d.Problems = append(d.Problems, c.redact(c.unreachable(buildErr)))
		return d
	}
	var silence silence
	silence.note("its version", buildErr)
	switch {
	case meErr == nil && c.OwnerID != "" && me.ID != uuid.Nil && !strings.EqualFold(me.ID.String(), c.OwnerID):
		d.Problems = append(d.Problems, otherOwner(me.Username))
	case status(meErr) == http.StatusUnauthorized:
		d.Problems = append(d.Problems, refusedToken(c.AccessURL))
	default:
		silence.note("whose session token this is", meErr)
	}
	if rightsErr == nil {
		d.Problems = append(d.Problems, gatewayProblems(rights, d)...)
	} else {
		silence.note("its entitlements", rightsErr)
	}
	d.Providers = providers
	if status(providerErr) != http.StatusNotFound {
		silence.note("which gateway providers it has", providerErr)
	}
	if d.silent = silence.err != nil && d.Obstacle() == ""; d.silent {
		d.Problems = append(d.Problems, silence.problem(c.AccessURL))
	}
	for i, p := range d.Problems {
		d.Problems[i] = c.redact(p)
	}
	return d
}

// deployment works the addresses out from what is configured and what the server says of itself.
func (c Config) deployment(dashboardURL, version string) Deployment {
	d := Deployment{AccessURL: c.AccessURL, GatewayURL: c.GatewayURL, Version: version, standalone: c.GatewayURL != ""}
	if u, err := url.Parse(dashboardURL); err == nil && u.Host != "" && !c.Fixed {
		d.AccessURL = dashboardURL
	}
	d.AccessURL = strings.TrimRight(d.AccessURL, "/")
	if d.GatewayURL == "" && d.AccessURL != "" {
		path := droid.OlderGatewayPath // every release with a gateway serves it
		if r := d.release(); r.known() && r.has(canonicalPath) {
			path = droid.GatewayPath
		}
		d.GatewayURL = d.AccessURL + path
	}
	d.GatewayURL = strings.TrimRight(d.GatewayURL, "/")
	return d
}

// status is the HTTP status with which the deployment refused a call; 0 if the call failed otherwise.
func status(err error) int {
	if sdkErr, ok := codersdk.AsError(err); ok {
		return sdkErr.StatusCode()
	}
	return 0
}
