package run

import (
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Wanted is what a resource wants of this run.
type Wanted struct {
	droid.Settings
	// Catalog is nil without a catalogue.
	Catalog *Catalog
	// Fits tells whether a document is small enough for the way into a workspace.
	Fits func(document []byte) bool
	// TokenVariable is the environment variable that Droid gets the token from; empty if the document has it.
	TokenVariable string
	// Resource is the id of the resource. Written is a text that holds the token of its last apply, for a plan.
	Resource, Written string
}

// needsGateway tells whether any of the models goes through the AI Gateway.
func (w Wanted) needsGateway() bool { return w.Catalog != nil || w.NeedsGateway() }

// Result is what this run has for a resource.
type Result struct {
	// Document is the settings document. Models of the gateway are left out when this run has no token to give.
	Document []byte
	// Keep is set if a list of models could not be had, so that a model that is missing in Document may be wanted all the same.
	Keep bool
	// Token is what the models of the gateway authenticate with; empty if this run has none to give.
	Token string
	// Names are the names of the models, also of those that are left out for lack of a token.
	Names []string
	// Memory is what the next run gets to know.
	Memory []byte
}

// Apply asks the deployment for what the resource needs, and renders it. text is the memory of the last run.
func (b *Run) Apply(w Wanted, text []byte) (Result, []droid.Problem) {
	before := recalled(text)
	d, problems := b.consult(w)
	if failed(problems) {
		return Result{}, problems
	}
	now := memory{asked: b.asked(d.GatewayURL), Catalog: before.Catalog}
	settings, keep := w.Settings, false
	if w.Catalog != nil {
		settings, keep, problems = b.complete(w, d, &now, problems)
		if failed(problems) {
			return Result{}, problems
		}
	}
	token, more := b.token(settings, d, w.Resource)
	if problems = append(problems, more...); failed(problems) {
		return Result{}, problems
	}
	if now.Token = b.rememberToken(w.Resource); now.Token == nil && keep {
		now.Token = before.Token // models that are kept have it
	} else {
		problems = append(problems, b.endToken(before.Token, w.Resource)...)
	}
	document, more := w.render(token, settings, d)
	return Result{Document: document, Token: token, Keep: keep, Names: settings.Names(), Memory: now.text()}, append(problems, more...)
}

// consult asks the deployment if the models need it, once in this process, and looks at the ways that the models go.
func (b *Run) consult(w Wanted) (coder.Deployment, []droid.Problem) {
	if !w.needsGateway() || b.tokenless() {
		return b.config.Assume(), nil
	}
	if missing := b.missing(w); missing != nil {
		return coder.Deployment{}, missing
	}
	d, problems := b.ask()
	return d, append(problems, b.checkUses(w.Settings, d)...)
}

// Planned is a result as far as it can be told at plan.
type Planned struct {
	Result
	// Certain is set if apply is certain to have the same.
	Certain bool
	// Longest is the document as long as a start will have it. A run before a start has no token yet, so one of the usual length stands
	// in: a list that no workspace could get is refused at import. A stop delivers nothing to a workspace.
	Longest []byte
}

// Plan tells what apply will have, without a call. The problems are what apply is certain to lack.
func (b *Run) Plan(w Wanted, text []byte) (Planned, []droid.Problem) {
	before := recalled(text)
	d, certain := b.recall(before)
	certain = certain || b.tokenless() || !w.needsGateway()
	settings := w.Settings
	if w.Catalog != nil {
		if b.phase == starting { // the catalogue is read at apply, and is not looked at before
			certain = false
		} else {
			c := before.catalog(w)
			settings = c.completing(w)
			certain = certain && (c != nil || b.tokenless())
		}
	}
	var problems []droid.Problem
	if w.needsGateway() {
		problems = b.missing(w)
	}
	token, lasting := b.expectToken(settings, before.Token, w.Written)
	document, more := w.render(token, settings, d)
	longest := document
	if b.tokenless() && b.phase != ending {
		longest, more = w.render(likeToken, settings, d)
	}
	return Planned{Result{Document: document, Token: token, Names: settings.Names()}, certain && lasting, longest}, append(problems, more...)
}

// Refreshes tells whether Refresh may read something. A nil build, which only validates, reads nothing.
func (b *Run) Refreshes() bool { return b != nil && b.phase == outside }

// Refresh reads the catalogue anew where nothing else changes from run to run, which is outside of Coder: an unchanged catalogue then
// gives an empty plan. It returns the memory for the plan. What it can't read, apply will report.
func (b *Run) Refresh(w Wanted, text []byte) ([]byte, []droid.Problem) {
	if w.Catalog == nil || !b.Refreshes() || b.unknown || b.missing(w) != nil {
		return text, nil
	}
	now := recalled(text)
	d, problems := b.ask()
	_, _, problems = b.complete(w, d, &now, problems)
	for i := range problems { // a destroy refreshes first, and has to succeed
		problems[i].Warning = true
	}
	return now.text(), problems
}

// complete adds the catalogue to the models of the template, and keeps it in mind. Its problems join those that are known already.
func (b *Run) complete(
	w Wanted, d coder.Deployment, m *memory, problems []droid.Problem,
) (s droid.Settings, keep bool, all []droid.Problem) {
	before := m.catalog(w)
	if b.tokenless() {
		return before.completing(w), false, problems
	}
	f := b.find(w, before, d)
	if f.complete {
		m.Catalog = &readCatalog{Source: w.Catalog.Source, At: time.Now().UTC().Truncate(time.Second), Offers: f.offers}
		problems = append(problems, b.leftOut(w.Catalog.Source, d)...)
	}
	switch {
	case f.problem == nil:
	case d.Obstacle() != "" && len(problems) > 0: // one message says both
		problems[0] = problems[0].Adding(f.consequence)
	case f.complete || b.verification != Require:
		p := f.problem.Adding(f.consequence)
		p.Warning = true
		problems = append(problems, p)
	default:
		problems = append(problems, *f.problem)
	}
	return with(w.Settings, f.offers), f.keep, problems
}
