package run

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The sources of a catalogue: the models that administrators chose for Coder's own agents, or all that the vendors list.
const (
	FromCoder    = "coder"
	FromUpstream = "upstream"
)

// Catalog says which of the models that the deployment offers a resource takes.
type Catalog struct {
	Source string
	// Include and Exclude are globs on the ids of models. Without Include all are taken.
	Include, Exclude []string
}

// CheckSource refuses what is no source.
func CheckSource(s string) error { return droid.OneOf(s, FromCoder, FromUpstream) }

// CheckGlob refuses what is no glob.
func CheckGlob(s string) error {
	if _, err := path.Match(s, ""); err != nil || s == "" {
		return fmt.Errorf(`must be a glob on model ids, such as "claude-*": * stands for any text, ? for one character, [a-z] for one of several`)
	}
	return nil
}

// takes tells whether the globs take a model. A star also matches a slash, which some vendors have in their ids.
func (c Catalog) takes(model string) bool {
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
	matches := func(glob string) bool {
		matched, err := path.Match(flat(glob), flat(model))
		return err == nil && matched
	}
	return (len(c.Include) == 0 || slices.ContainsFunc(c.Include, matches)) && !slices.ContainsFunc(c.Exclude, matches)
}

// chosen are the offers that the globs take and Droid can use, each model of a gateway provider once.
func (c Catalog) chosen(offers []coder.Offer) []coder.Offer {
	out := []coder.Offer{}
	seen := make(map[[2]string]bool)
	for _, o := range offers {
		key := [2]string{o.Instance, o.Model}
		if c.takes(o.Model) && droid.Protocol(o.Type) != "" && droid.CheckName(o.Model) == nil && !seen[key] {
			seen[key] = true
			out = append(out, o)
		}
	}
	return out
}

// with is the settings with the models of a catalogue behind their own. A model that the settings have is not taken again.
func with(s droid.Settings, offers []coder.Offer) droid.Settings {
	own, names, providers := make(map[[2]string]bool), make(map[string]bool), make(map[string]int)
	for _, m := range s.Models {
		if m.BaseURL == "" {
			own[[2]string{m.Instance(), m.Model}] = true
		}
		names[m.EndOfID()] = true
	}
	for _, o := range offers {
		providers[o.Model]++
	}
	s.Models = slices.Clone(s.Models)
	theirDefault := ""
	for _, o := range offers {
		m := modelOf(o)
		if providers[o.Model] > 1 || names[o.Model] {
			m.Name = o.Instance + "/" + o.Model
		}
		if own[[2]string{o.Instance, o.Model}] || names[m.Name] && m.Name != "" {
			continue
		}
		s.Models = append(s.Models, m)
		if o.Default && theirDefault == "" {
			theirDefault = m.EndOfID()
		}
	}
	if s.DefaultModel == "" {
		s.DefaultModel = theirDefault
	}
	return s
}

// modelOf is an offer as a template would write it.
func modelOf(o coder.Offer) droid.Model {
	m := droid.Model{Model: o.Model, Provider: droid.Protocol(o.Type), GatewayProvider: o.Instance}
	if droid.CheckText(o.DisplayName) == nil {
		m.DisplayName = o.DisplayName
	}
	if droid.CheckEffort(o.ReasoningEffort) == nil {
		m.ReasoningEffort = o.ReasoningEffort
	}
	if o.ContextLimit > 0 {
		m.MaxContextLimit = &o.ContextLimit
	}
	if o.MaxOutputTokens > 0 {
		m.MaxOutputTokens = &o.MaxOutputTokens
	}
	return m
}

// reading is what an attempt to read a catalogue gave.
type reading struct {
	offers []coder.Offer
	// failed names the gateway providers whose list is missing; problem says why. If offers is nil, nothing could be read.
	failed  []string
	problem *droid.Problem
}

// readOffers reads the offers of a source, once in this process.
func (b *Run) readOffers(source string, d coder.Deployment) reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, done := b.readings[source]; done {
		return r
	}
	ctx, end := b.budget.begin()
	defer end()
	var r reading
	if source == FromCoder {
		r.offers, r.problem = b.config.Catalog(ctx, d)
	} else {
		r = b.readUpstream(ctx, d)
	}
	b.readings[source] = r
	return r
}

// readUpstream reads the list of every gateway provider that speaks one of Droid's protocols.
func (b *Run) readUpstream(ctx context.Context, d coder.Deployment) reading {
	if d.Providers == nil {
		return reading{problem: &droid.Problem{
			Summary: "Gateway Providers Not Known",
			Cause:   "The Coder deployment did not say which gateway providers it has, so their lists of models could not be read.",
			Remedy:  "Upgrade Coder to 2.36 or later, or name the models in models.",
		}}
	}
	var instances []string
	for _, p := range d.Providers {
		if p.Enabled && droid.Protocol(p.Type) != "" {
			instances = append(instances, p.Name)
		}
	}
	lists, problems := b.config.Models(ctx, d, instances)
	r := reading{offers: []coder.Offer{}}
	for _, p := range d.Providers {
		if why, failed := problems[p.Name]; failed {
			r.failed = append(r.failed, p.Name)
			if r.problem == nil {
				r.problem = &why
			}
		}
		for _, model := range lists[p.Name] {
			r.offers = append(r.offers, coder.Offer{Instance: p.Name, Type: p.Type, Model: model})
		}
	}
	if len(r.failed) > 1 {
		p := r.problem.Adding(fmt.Sprintf("The lists of %s are missing too.", enumerated(quotedAll(r.failed[1:]))))
		r.problem = &p
	}
	return r
}

func quotedAll(words []string) []string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = fmt.Sprintf("%q", word)
	}
	return out
}

// found is the catalogue as this run takes it.
type found struct {
	offers []coder.Offer
	// complete is set if all of it was read.
	complete bool
	// keep is set if a part is missing that nothing stands in for.
	keep bool
	// problem says what is wrong, consequence what the run does all the same.
	problem     *droid.Problem
	consequence string
}

// find reads the catalogue. What can't be read is never taken for empty: the catalogue of an earlier run stands in, and without one
// the models of before are kept.
func (b *Run) find(w Wanted, before *readCatalog, d coder.Deployment) found {
	if obstacle := d.Obstacle(); obstacle != "" {
		return w.Catalog.standIn(before, reading{problem: &droid.Problem{
			Summary: "Model Catalogue Not Read",
			Cause:   fmt.Sprintf("The models that the deployment offers were not read, because its AI Gateway can't be used (%s).", obstacle),
		}})
	}
	r := b.readOffers(w.Catalog.Source, d)
	if r.problem != nil {
		return w.Catalog.standIn(before, r)
	}
	f := found{offers: w.Catalog.chosen(r.offers), complete: true}
	if f.problem = b.tooLarge(w, d, f.offers); f.problem != nil {
		return w.Catalog.standIn(before, reading{problem: f.problem})
	}
	f.problem = w.Catalog.emptied(r.offers, f.offers)
	return f
}

// standIn takes what could not be read from the catalogue of before.
func (c Catalog) standIn(before *readCatalog, r reading) found {
	f := found{offers: c.chosen(r.offers), problem: r.problem}
	if before == nil {
		f.keep, f.consequence = true, "The models that the workspace has from before stay as they are."
		return f
	}
	f.consequence = fmt.Sprintf("The catalogue of %s stands in.", before.At.Format("2006-01-02 15:04 UTC"))
	for _, o := range c.chosen(before.Offers) {
		if r.offers == nil || slices.Contains(r.failed, o.Instance) {
			f.offers = append(f.offers, o)
		}
	}
	return f
}

// tooLarge tells that the models don't fit into the workspace's environment, and how many of the catalogue do.
func (b *Run) tooLarge(w Wanted, d coder.Deployment, offers []coder.Offer) *droid.Problem {
	fit := func(n int) bool {
		document, _ := w.render(b.config.Token, with(w.Settings, offers[:n]), d) // what can't be rendered is reported when it is used
		return w.Fits(document)
	}
	if fit(len(offers)) {
		return nil
	}
	of := make(map[string]int)
	most := offers[0].Instance
	for _, o := range offers {
		if of[o.Instance]++; of[o.Instance] > of[most] {
			most = o.Instance
		}
	}
	return &droid.Problem{
		Summary: "Model Catalogue Too Large",
		Cause: fmt.Sprintf("The catalogue has %d models, %d of them of the gateway provider %q. The environment of a workspace has room for the "+
			"first %d.", len(offers), of[most], most, sort.Search(len(offers), func(n int) bool { return !fit(n + 1) })),
		Remedy: "Leave models out with exclude in catalog, such as exclude = [\"*-preview*\"], or take fewer with include.",
	}
}

// emptied tells of a catalogue that takes all models out of the menu. It is what the deployment offers, so the build goes on.
func (c Catalog) emptied(offers, chosen []coder.Offer) *droid.Problem {
	switch {
	case len(chosen) > 0:
		return nil
	case len(offers) > 0:
		return &droid.Problem{
			Summary: "No Model of the Catalogue Taken",
			Cause: fmt.Sprintf("The deployment offers %d models, and none of them is taken: include and exclude leave none, or Droid can't use "+
				"them. The menu has no model of the catalogue now.", len(offers)),
			Remedy:  "Change include and exclude, or remove them.",
			Warning: true,
		}
	case c.Source == FromUpstream:
		return &droid.Problem{
			Summary: "Model Catalogue Empty",
			Cause:   "The gateway providers list no model, so the menu has no model of the catalogue now.",
			Remedy:  "Ask a Coder administrator which gateway providers there are, or name the models in models.",
			Warning: true,
		}
	}
	return &droid.Problem{
		Summary: "Model Catalogue Empty",
		Cause: "The administrators of the Coder deployment offer the owner of this workspace no model, so the menu has no model of the " +
			"catalogue now.",
		Remedy: "An administrator chooses the models in Coder's dashboard, under Admin settings, AI, Models. Or name the models in models, or " +
			"set source = \"upstream\" in catalog, with include.",
		Warning: true,
	}
}

// leftOut tells of gateway providers whose models Droid can't use, once in this process.
func (b *Run) leftOut(source string, d coder.Deployment) []droid.Problem {
	var types []string
	note := func(kind string) {
		if droid.Protocol(kind) == "" && !slices.Contains(types, kind) {
			types = append(types, kind)
		}
	}
	for _, o := range b.readOffers(source, d).offers {
		note(o.Type)
	}
	for _, p := range d.Providers {
		if source == FromUpstream && p.Enabled {
			note(p.Type)
		}
	}
	var problems []droid.Problem
	if len(types) > 0 {
		b.warnedLeftOut.Do(func() {
			problems = append(problems, droid.Problem{
				Summary: "Models Left Out of the Catalogue",
				Cause:   fmt.Sprintf("Droid can't use gateway providers of type %s, so the catalogue leaves their models out.", enumerated(types)),
				Warning: true,
			})
		})
	}
	return problems
}
