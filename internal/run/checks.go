package run

import (
	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// missing reports what models of the gateway need and this run does not have.
func (r *Run) missing(w Wanted) []droid.Problem {
	if r.unknown || r.phase == ending || !w.needsGateway() {
		return nil
	}
	var problems []droid.Problem
	if r.verification == Skip && (w.Catalog != nil || w.Scope == ScopeGateway) {
		problems = append(problems, droid.Problem{
			Summary: "Calls to the Deployment Needed",
			Cause: `A catalog, and the token of token_scope = "gateway", come from the Coder deployment, and with ` +
				`verification = "skip" the provider makes no call.`,
			Remedy: `Set verification = "warn" in the provider block, or name the models in model blocks and leave ` +
				"token_scope out.",
		})
	}
	if r.tokenless() {
		return problems
	}
	if r.config.Token == "" {
		problems = append(problems, droid.Problem{
			Summary: "Missing Session Token",
			Cause:   "Models of the AI Gateway need the session token of a Coder user, and none is set.",
			Remedy: "In a workspace build Coder provides it. Elsewhere, set CODER_SESSION_TOKEN (make one with " +
				"`coder tokens create`), or session_token in the provider block. A model with base_url and api_key needs none.",
		})
	}
	if r.config.AccessURL == "" && (r.config.GatewayURL == "" || r.verification != Skip) {
		problems = append(problems, droid.Problem{
			Summary: "Missing Access URL",
			Cause:   "Models of the AI Gateway need the URL of the Coder deployment, and none is set.",
			Remedy:  "In a workspace build Coder provides it. Elsewhere, set CODER_URL, or access_url in the provider block.",
		})
	}
	return problems
}

// consult asks the deployment if the models need it, and looks at the ways that the models go.
func (r *Run) consult(w Wanted) (coder.Deployment, []droid.Problem) {
	switch {
	case r.phase == planning && w.needsGateway():
		return coder.Deployment{}, []droid.Problem{{
			Summary: "Workspace Build Not Recognized",
			Cause: "CODER_WORKSPACE_TRANSITION is set and CODER_WORKSPACE_BUILD_ID is not. Coder runs " +
				"Terraform this way only to plan, without a token, so nothing was written.",
			Remedy: "To apply outside Coder, unset CODER_WORKSPACE_TRANSITION.",
		}}
	case !w.needsGateway() || r.tokenless():
		return r.config.Assume(), nil
	}
	if missing := r.missing(w); missing != nil {
		return coder.Deployment{}, missing
	}
	if r.verification == Skip {
		return r.config.Assume(), nil
	}
	d := r.deployment()
	var problems []droid.Problem
	for _, p := range d.Problems {
		if p.Fatal || r.verification == Require {
			problems = append(problems, p.Problem)
		} else {
			problems = append(problems, p.AsWarning())
		}
	}
	return d, append(problems, r.checkUses(w.Settings, d)...)
}

// checkUses looks whether the gateway takes the ways that the models go. One message is enough for all models that go
// the same way.
func (r *Run) checkUses(s droid.Settings, d coder.Deployment) []droid.Problem {
	var uses []coder.Use
	users := make(map[coder.Use][]string)
	for i, m := range s.Models {
		if m.BaseURL != "" {
			continue
		}
		u := coder.Use{Provider: m.GatewayName(), Format: m.Provider, Personal: m.APIKey != ""}
		if users[u] == nil {
			uses = append(uses, u)
		}
		users[u] = append(users[u], droid.Place(i, m.EndOfID()))
	}
	var problems []droid.Problem
	for _, u := range uses {
		if p := d.Check(u); p != nil {
			problems = append(problems, r.judged(p.Adding("This concerns "+droid.Enumerated(users[u])+".")))
		}
	}
	return problems
}

// judged is a problem of a check: an error or a warning, as verification has it.
func (r *Run) judged(p droid.Problem) droid.Problem {
	p.Warning = r.verification != Require
	return p
}
