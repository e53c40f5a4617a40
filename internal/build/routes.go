package build

import (
	"context"
	"fmt"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/deployment"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// checkRoutes looks whether the gateway takes the ways that the models go, each once in this process. If the deployment itself
// has a problem, there is no point in asking further.
func (b *Build) checkRoutes(want droid.Settings, d deployment.Deployment) []droid.Problem {
	if b.verification == Skip || len(d.Problems) > 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := context.WithDeadline(context.Background(), b.until)
	defer cancel()
	routes, users := b.unchecked(want, d)
	found := b.config.CheckRoutes(ctx, routes)
	var problems []droid.Problem
	for _, r := range routes {
		p, refused := found[r]
		if refused {
			problems = append(problems, b.told(p.Adding("This concerns "+enumerated(users[r])+".")))
		}
		b.checked[r] = !refused || b.verification != Require
	}
	return problems
}

// unchecked are the routes that nobody has looked at yet, in the models' order, and the models that use each of them.
func (b *Build) unchecked(want droid.Settings, d deployment.Deployment) (routes []deployment.Route, users map[deployment.Route][]string) {
	users = make(map[deployment.Route][]string)
	for i, m := range want.Models {
		r := deployment.Route{
			URL:      droid.BaseURL(d.GatewayURL, m.Provider, m.Instance()),
			Call:     droid.Call(m.Provider),
			Instance: m.Instance(),
			Personal: m.APIKey != "",
		}
		if m.BaseURL != "" || b.checked[r] {
			continue
		}
		if users[r] == nil {
			routes = append(routes, r)
		}
		users[r] = append(users[r], droid.Place(i))
	}
	return routes, users
}

// enumerated joins words as a sentence has them, and only the first of many.
func enumerated(words []string) string {
	const enough = 5
	if left := len(words) - enough; left > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:enough], ", "), left)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
