package deployment

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Route is a way through the AI Gateway that a model takes.
type Route struct {
	// URL is the base URL of the model, Call what Droid appends to it.
	URL, Call string
	// Instance is the provider's instance in the gateway.
	Instance string
	// Personal is set when the model brings its own key.
	Personal bool
}

// CheckRoutes finds out whether the gateway would take each of the routes, and returns a problem for those that it would
// not. It sends requests without a body, which the gateway turns away itself, before any vendor is asked; that it got so far
// is the answer. What else may go wrong is not a problem of the route.
func (c Config) CheckRoutes(ctx context.Context, routes []Route) map[Route]Problem {
	problems := make(map[Route]Problem)
	client, err := c.client()
	if err != nil {
		return problems
	}
	defer client.HTTPClient.CloseIdleConnections()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for _, r := range routes {
		wg.Go(func() {
			if p, found := c.checkRoute(ctx, client.HTTPClient, r); found {
				mu.Lock()
				defer mu.Unlock()
				problems[r] = p
			}
		})
	}
	wg.Wait()
	return problems
}

func (c Config) checkRoute(ctx context.Context, client *http.Client, r Route) (Problem, bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+r.Call, http.NoBody)
	if err != nil {
		return Problem{}, false
	}
	if r.Personal { // the way is the same for any personal key, so the real one stays where it is
		req.Header.Set(droid.GovernanceHeader, c.Token)
		req.Header.Set("Authorization", "Bearer none")
		req.Header.Set("X-Api-Key", "none")
	} else {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := client.Do(req)
	if err != nil {
		return Problem{}, false
	}
	defer func() { _ = res.Body.Close() }()
	const enough = 1024
	body, err := io.ReadAll(io.LimitReader(res.Body, enough))
	if err != nil {
		return Problem{}, false
	}
	switch {
	case noRoute(res.StatusCode, body):
		return Problem{Problem: unknownInstance(r.Instance, r.Call, "gateway_provider")}, true
	case disabled(res.StatusCode, body):
		return Problem{Problem: disabledInstance(r.Instance)}, true
	case res.StatusCode == http.StatusForbidden && bytes.Contains(body, []byte("BYOK")):
		return Problem{Problem: personalKeysOff()}, true
	}
	return Problem{}, false
}

// noRoute and disabled know the gateway's own answers from those that it passes on.
func noRoute(status int, body []byte) bool {
	return status == http.StatusNotFound && bytes.HasPrefix(body, []byte("route not supported"))
}

func disabled(status int, body []byte) bool {
	return status == http.StatusServiceUnavailable && bytes.HasPrefix(body, []byte("provider_disabled"))
}

// unknownInstance leads to the attribute that names the instance.
func unknownInstance(instance, call, attribute string) droid.Problem {
	return droid.Problem{
		Summary: "Unknown AI Gateway Provider",
		Cause: fmt.Sprintf("The AI Gateway does not take %s for the gateway provider %q: it has none of this name, or that one speaks another protocol.",
			strings.TrimPrefix(call, "/v1"), instance),
		Remedy: fmt.Sprintf("Set %s to the name that a Coder administrator gave to the gateway provider.", attribute),
	}
}

func disabledInstance(instance string) droid.Problem {
	return droid.Problem{
		Summary: "AI Gateway Provider Disabled",
		Cause:   fmt.Sprintf("The gateway provider %q is disabled, so it refuses every request.", instance),
		Remedy:  "Ask a Coder administrator to enable it, or use another one.",
	}
}

func personalKeysOff() droid.Problem {
	return droid.Problem{
		Summary: "Personal Keys Not Allowed",
		Cause:   "The AI Gateway does not allow personal keys (bring your own key), so it refuses every request that comes with one.",
		Remedy: "Leave api_key out to use the gateway's own key, or ask a Coder administrator to start coderd with " +
			"CODER_AI_GATEWAY_ALLOW_BYOK=true.",
	}
}
