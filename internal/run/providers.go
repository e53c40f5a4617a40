package run

import (
	"fmt"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// checkUses looks whether the gateway takes the ways that the models go, each once in this process.
func (b *Run) checkUses(want droid.Settings, d coder.Deployment) []droid.Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	var problems []droid.Problem
	uses, users := b.unchecked(want)
	for _, u := range uses {
		p := d.Check(u)
		if p != nil {
			problems = append(problems, b.told(p.Adding("This concerns "+enumerated(users[u])+".")))
		}
		b.checked[u] = p == nil || b.verification != Require // an error is each resource's own
	}
	return problems
}

// unchecked are the uses that nobody has looked at yet, in the models' order, and the models of each.
func (b *Run) unchecked(want droid.Settings) (uses []coder.Use, users map[coder.Use][]string) {
	users = make(map[coder.Use][]string)
	for i, m := range want.Models {
		u := coder.Use{Instance: m.Instance(), Protocol: m.Provider, Personal: m.APIKey != ""}
		if m.BaseURL != "" || b.checked[u] {
			continue
		}
		if users[u] == nil {
			uses = append(uses, u)
		}
		users[u] = append(users[u], droid.Place(i))
	}
	return uses, users
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
