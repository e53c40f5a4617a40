package run

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The sources of a catalog.
const (
	FromCoder    = coder.FromCoder
	FromUpstream = coder.FromUpstream
)

// Catalog says which of the models that the deployment offers a resource takes.
type Catalog struct {
	Source string
	// Include and Exclude are globs on the ids of models. Without Include all are taken.
	Include, Exclude []string
}

// CheckSource returns an error unless s is a source.
func CheckSource(s string) error { return droid.OneOf(s, FromCoder, FromUpstream) }

// CheckGlob returns an error unless s is a glob.
func CheckGlob(s string) error {
	if _, err := path.Match(s, ""); err != nil || s == "" {
		return errors.New(`must be a glob on model ids, such as "claude-*": * stands for any text, ? for one character, ` +
			"[a-z] for one of several")
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

// chosen are the offers that the globs take and whose ids Droid takes, each model of a gateway provider once.
func (c Catalog) chosen(offers []coder.Offer) []coder.Offer {
	out := []coder.Offer{}
	seen := make(map[[2]string]bool)
	for _, o := range offers {
		key := [2]string{o.Provider, o.Model}
		if c.takes(o.Model) && droid.CheckName(o.Model) == nil && !seen[key] {
			seen[key] = true
			out = append(out, o)
		}
	}
	return out
}

// with is the settings with the models of a catalog after their own. A model that the settings have is not taken again.
func with(s droid.Settings, offers []coder.Offer) droid.Settings {
	own, names, providers := make(map[[2]string]bool), make(map[string]bool), make(map[string]int)
	for _, m := range s.Models {
		if m.BaseURL == "" {
			own[[2]string{m.GatewayName(), m.Model}] = true
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
			m.Name = o.Provider + "/" + o.Model
		}
		if own[[2]string{o.Provider, o.Model}] || names[m.Name] && m.Name != "" {
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
	m := droid.Model{Model: o.Model, Provider: droid.Protocol(o.Type), GatewayProvider: o.Provider}
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

// complete adds the catalog to the models of the template, and keeps it in mind. What can't be read is not taken for
// empty: the catalog of an earlier run stands in. Without one the result is incomplete. The problems join those that
// are known already.
func (r *Run) complete(
	w Wanted, d coder.Deployment, now *memory, problems []droid.Problem,
) (s droid.Settings, incomplete bool, all []droid.Problem) {
	before := now.catalog(w)
	if r.tokenless() {
		if before != nil {
			return with(w.Settings, w.Catalog.chosen(before.Offers)), false, problems
		}
		return w.Settings, false, problems
	}
	read := r.catalogs[w.Catalog.Source]()
	problems = append(problems, read.Notes...)
	s = with(w.Settings, w.Catalog.chosen(read.Offers))
	problem := read.Problem
	if problem == nil {
		if problem = w.tooLarge(s, d); problem != nil {
			s = w.Settings
		}
	}
	if problem == nil && read.Offers != nil {
		now.Catalog = &readCatalog{Source: w.Catalog.Source, At: time.Now().UTC().Truncate(time.Second), Offers: read.Offers}
		return s, false, append(problems, w.Catalog.emptied(read.Offers)...)
	}
	consequence := "The models that the workspace has stay as they are."
	if before != nil {
		consequence = fmt.Sprintf("The catalog of %s stands in.", before.At.Format("2006-01-02 15:04 UTC"))
		s = with(w.Settings, w.Catalog.chosen(before.Offers))
	}
	switch {
	case problem == nil: // the first message has said why nothing was read
		problems[0] = problems[0].Adding(consequence)
	case r.verification == Require:
		problems = append(problems, *problem)
	default:
		problems = append(problems, r.judged(problem.Adding(consequence)))
	}
	return s, before == nil, problems
}

// tooLarge says that the models don't fit into the workspace's environment.
func (w Wanted) tooLarge(s droid.Settings, d coder.Deployment) *droid.Problem {
	problems := w.checkSize(s, d)
	if problems == nil {
		return nil
	}
	p := problems[0]
	p.Summary = "Catalog Too Large"
	p.Remedy = `Leave models out with exclude in catalog, such as exclude = ["*-preview*"], or take fewer with include.`
	return &p
}

// emptied tells of a catalog that has no model. It is what the deployment offers, so the build goes on.
func (c Catalog) emptied(offers []coder.Offer) []droid.Problem {
	if len(c.chosen(offers)) > 0 {
		return nil
	}
	p := droid.Problem{
		Summary: "Catalog Empty",
		Cause: "The Coder deployment offers the owner of this workspace no model, so the menu has no model of the catalog " +
			"now.",
		Remedy: "An administrator chooses the models in Coder's dashboard, under Admin settings, AI, Models. Or name the " +
			"models in model blocks.",
		Warning: true,
	}
	var ids []string
	for _, o := range offers {
		ids = append(ids, droid.Quoted(o.Model))
	}
	if ids != nil {
		p.Summary = "No Model of the Catalog Taken"
		p.Cause = fmt.Sprintf("The deployment offers %s, and include and exclude leave none of them.", droid.Enumerated(ids))
		p.Remedy = "Change include and exclude, or remove them. They are globs, not regular expressions."
	}
	return []droid.Problem{p}
}
