package run

import (
	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// missing reports what models of the gateway need and this run does not have.
func (b *Run) missing(w Wanted) []droid.Problem {
	if b.unknown || b.phase == ending {
		return nil
	}
	var problems []droid.Problem
	if w.Catalog != nil && b.verification == Skip {
		problems = append(problems, droid.Problem{
			Summary:   "Catalogue Without Calls",
			Cause:     `A catalogue is read from the deployment, and the provider makes no call with verification = "skip".`,
			Remedy:    `Set verification = "warn", or name the models in models instead.`,
			Attribute: "catalog",
		})
	}
	if b.tokenless() {
		return problems
	}
	if b.config.Token == "" {
		problems = append(problems, droid.Problem{
			Summary: "Missing Session Token",
			Cause:   "Models of the AI Gateway need the session token of a Coder user, and none is set.",
			Remedy: "In a workspace build Coder provides it. Elsewhere, set CODER_SESSION_TOKEN (make one with `coder tokens create`), or " +
				"session_token in the provider block. A model with base_url and api_key needs none.",
		})
	}
	return append(problems, b.missingAddress()...)
}

// missingAddress reports that nothing says where the deployment is.
func (b *Run) missingAddress() []droid.Problem {
	if b.config.AccessURL != "" || b.config.GatewayURL != "" && b.verification == Skip {
		return nil
	}
	return []droid.Problem{{
		Summary: "Missing Access URL",
		Cause:   "Models of the AI Gateway need the URL of the Coder deployment, and none is set.",
		Remedy:  "In a workspace build Coder provides it. Elsewhere, set CODER_URL, or access_url in the provider block.",
	}}
}

// ask asks the deployment, once in this process, and reports what is wrong with it.
func (b *Run) ask() (coder.Deployment, []droid.Problem) {
	if b.verification == Skip {
		return b.config.Assume(), nil
	}
	var problems []droid.Problem
	d := b.resolve()
	for _, p := range d.Problems {
		if p.Fatal || b.verification == Require {
			problems = append(problems, p.Problem)
		}
	}
	if b.verification != Require {
		b.warned.Do(func() { // one warning is enough for any number of resources
			for _, p := range d.Problems {
				if !p.Fatal {
					problems = append(problems, p.AsWarning())
				}
			}
		})
	}
	return d, problems
}

// told is a problem of one check as this build takes it.
func (b *Run) told(p droid.Problem) droid.Problem {
	p.Warning = b.verification != Require
	return p
}
