package build

import (
	"github.com/coder/terraform-provider-factory/internal/deployment"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Resolve returns the deployment that the models are written for. It is asked if they need it, once in this process, and so are
// the ways through its gateway.
func (b *Build) Resolve(want droid.Settings) (deployment.Deployment, []droid.Problem) {
	if !want.NeedsGateway() || b.tokenless() {
		return b.config.Assume(), nil
	}
	if missing := b.missing(); missing != nil {
		return deployment.Deployment{}, missing
	}
	d, problems := b.ask()
	return d, append(problems, b.checkRoutes(want, d)...)
}

// Expect is the deployment as far as it can be told at plan, without a call. It is certain when apply will find the same. The
// problems are what apply is certain to lack.
func (b *Build) Expect(want droid.Settings, memory []byte) (d deployment.Deployment, certain bool, problems []droid.Problem) {
	d, certain = b.recall(memory)
	if !want.NeedsGateway() {
		return d, true, nil
	}
	return d, certain || b.tokenless(), b.missing()
}

// missing reports what models of the gateway need and this run does not have.
func (b *Build) missing() []droid.Problem {
	if b.unknown || b.tokenless() {
		return nil
	}
	var problems []droid.Problem
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
func (b *Build) missingAddress() []droid.Problem {
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
func (b *Build) ask() (deployment.Deployment, []droid.Problem) {
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
func (b *Build) told(p droid.Problem) droid.Problem {
	p.Warning = b.verification != Require
	return p
}
