package run

import (
	"context"
	"fmt"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Survey is what a run can tell of the deployment.
type Survey struct {
	coder.Deployment
	// Models are the ids that each instance has. An instance whose list could not be read is missing: an empty list is an answer.
	Models map[string][]string
}

// Survey looks at the deployment and the models of the given instances, as far as this run can ask for them.
func (b *Run) Survey(ctx context.Context, instances []string) (Survey, []droid.Problem) {
	ctx, cancel := context.WithTimeout(ctx, coder.Budget)
	defer cancel()
	s, because, problems := b.survey(ctx, instances)
	if because != "" && len(instances) > 0 && b.phase != ending && !failed(problems) {
		problems = append(problems, droid.Problem{
			Summary: "Model Lists Not Read",
			Cause:   fmt.Sprintf("Each list in models is null, because %s. A for over null fails.", because),
			Remedy: fmt.Sprintf("Name the models that the template takes then: coalesce(data.factory_ai_gateway.NAME.models[%q], [\"MODEL\"]).",
				instances[0]),
			Warning: true,
		})
	}
	return s, problems
}

// survey also says why no list was read, unless a problem already says so.
func (b *Run) survey(ctx context.Context, instances []string) (s Survey, because string, problems []droid.Problem) {
	switch {
	case b.unknown && b.tokenless():
		return s, "the provider block depends on a value that is known only after apply", nil
	case b.unknown: // half a configuration could ask another deployment, or as somebody else
		return s, "", []droid.Problem{notKnownYet}
	case b.tokenless() || b.verification == Skip:
		s.Deployment = b.config.Assume()
		return s, b.silent(), b.missingForSkip()
	}
	if problems = b.missing(Wanted{}); problems != nil {
		return s, "", problems
	}
	s.Deployment, problems = b.ask()
	if obstacle := s.Obstacle(); obstacle != "" {
		return s, "the AI Gateway can't be used (" + obstacle + ")", problems
	}
	models, more := b.models(ctx, s.Deployment, instances)
	s.Models = models
	return s, "", append(problems, more...)
}

var notKnownYet = droid.Problem{
	Summary: "Provider Configuration Not Known Yet",
	Cause: "The provider block depends on a value that is known only after apply, so the deployment was not asked, and the data source " +
		"has null for all that it would tell.",
	Remedy:  "Give the data source a depends_on with what the value comes from: it is then read at apply.",
	Warning: true,
}

// silent says why this run asks nobody.
func (b *Run) silent() string {
	if b.verification == Skip {
		return `the provider makes no call with verification = "skip"`
	}
	return b.phase.tokenless()
}

func (b *Run) missingForSkip() []droid.Problem {
	if b.tokenless() {
		return nil
	}
	return b.missingAddress()
}

// models asks the gateway for the models of its providers. A provider that gives no list is missing in the answer.
func (b *Run) models(ctx context.Context, d coder.Deployment, instances []string) (map[string][]string, []droid.Problem) {
	if len(instances) == 0 {
		return nil, nil
	}
	models, found := b.config.Models(ctx, d, instances)
	var problems []droid.Problem
	for _, instance := range instances {
		p, refused := found[instance]
		if !refused {
			continue
		}
		told := b.told(p)
		if told.Warning {
			told = told.Adding(fmt.Sprintf("The list models[%q] is null.", instance))
		}
		problems = append(problems, told)
	}
	return models, problems
}

func failed(problems []droid.Problem) bool {
	for _, p := range problems {
		if !p.Warning {
			return true
		}
	}
	return false
}
