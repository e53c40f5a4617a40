package run

import (
	"fmt"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Wanted is what a resource wants of this run.
type Wanted struct {
	droid.Settings
	// Catalog is nil without a catalog.
	Catalog *Catalog
	// Scope says which token Droid gets, Lifetime how long one of the scope gateway lives.
	Scope    string
	Lifetime time.Duration
	Delivery delivery.Delivery
}

// needsGateway tells whether any of the models goes through the AI Gateway.
func (w Wanted) needsGateway() bool { return w.Catalog != nil || w.NeedsGateway() }

// Result is what this run has for a resource.
type Result struct {
	// Document is the settings document. Models of the gateway are left out if this run has no token to give.
	Document []byte
	// Env is the environment that brings the document into a workspace.
	Env map[string]string
	// ModelIDs are Droid's ids of the models, also of those that are left out for lack of a token.
	ModelIDs []string
	// Memory is what the next run gets to know. It holds no secret.
	Memory []byte
}

// Apply asks the deployment for what the resource needs, and renders it. remembered is the memory of the last
// run. A token is made last: nothing that can fail follows it.
func (r *Run) Apply(w Wanted, remembered []byte) (Result, []droid.Problem) {
	now := recalled(remembered)
	d, problems := r.consult(w)
	if failed(problems) {
		return Result{}, problems
	}
	settings, incomplete := w.Settings, false
	if w.Catalog != nil {
		settings, incomplete, problems = r.complete(w, d, &now, problems)
	}
	if r.phase != ending {
		problems = append(problems, w.checkSize(settings, d)...)
	}
	if failed(problems) {
		return Result{}, problems
	}
	token, keyless, problems := r.giveToken(w, settings, d, problems)
	if failed(problems) {
		return Result{}, problems
	}
	content := delivery.Content{Token: token}
	switch {
	case keyless:
		content.State = delivery.Keyless
	case incomplete:
		content.State = delivery.Incomplete
	}
	content.Document = w.render(settings, d, token, keyless)
	now.Fingerprint = r.fingerprint(w)
	return Result{
		Document: content.Text, Env: w.Delivery.Environment(content), ModelIDs: settings.IDs(), Memory: now.text(),
	}, r.once(problems)
}

// Plan tells what is wrong as far as that can be known without a call, and whether apply would change nothing. In a
// workspace build each start is new. Elsewhere nothing changes as long as configuration, token and address stay.
func (r *Run) Plan(w Wanted, remembered []byte) (unchanged bool, problems []droid.Problem) {
	problems = r.missing(w)
	if !failed(problems) && r.phase != ending {
		problems = append(problems, w.checkSize(w.Settings, r.config.Assume())...)
	}
	return r.phase == outside && !r.unknown && recalled(remembered).Fingerprint == r.fingerprint(w), problems
}

// render makes the settings document.
func (w Wanted) render(s droid.Settings, d coder.Deployment, token string, keyless bool) droid.Document {
	g := droid.Gateway{URL: d.GatewayURL, Token: token, Keyless: keyless}
	if w.Delivery.Kind != delivery.Merge {
		g.TokenVariable = delivery.TokenVariable(w.Namespace)
	}
	return s.Render(g)
}

// likeToken is as long as a token is. It stands in where there is none yet.
const likeToken = "0123456789-0123456789012345678901"

// checkSize refuses a document that does not fit into one variable, with a token of the usual length.
func (w Wanted) checkSize(s droid.Settings, d coder.Deployment) []droid.Problem {
	document := w.render(s, d, likeToken, false)
	size := w.Delivery.Size(delivery.Content{Document: document, State: delivery.Keyless, Token: likeToken})
	if size <= delivery.Limit {
		return nil
	}
	return []droid.Problem{{
		Summary: "Settings Too Large",
		Cause: fmt.Sprintf("The settings of %d models need %d bytes as one environment variable, and Linux takes at most %d.",
			len(document.Entries), size, delivery.Limit),
		Remedy: "Use fewer models, or less in extra_headers, extra_args and managed_settings.",
	}}
}
