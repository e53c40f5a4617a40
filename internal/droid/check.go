package droid

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNull says that a value must not be null.
var ErrNull = errors.New("must not be null")

// CheckModels checks the models of a template as far as they are known, each alone and then together. It returns where each name is
// first used, and whether these are all the names. A model that is null or unknown as a whole is nil.
func CheckModels(models []Values) (names map[string]int, complete bool, problems []Problem) {
	names, complete = make(map[string]int), true
	for i, v := range models {
		if v == nil {
			complete = false
			continue
		}
		problems = append(problems, v.check(Place(i))...)
		name, known := v.name()
		if complete = complete && known; !known {
			continue
		}
		if first, taken := names[name]; taken {
			problems = append(problems, Problem{
				Summary: "Duplicate Model Name",
				Cause:   fmt.Sprintf("%s and %s are both named %s. Droid would show only the first of them.", Place(first), Place(i), Quoted(name)),
				Remedy:  "Give one of them a name of its own.",
			})
			continue
		}
		names[name] = i
	}
	return names, complete, problems
}

// name is the model's name, if it can be told yet.
func (v Values) name() (name string, known bool) {
	attribute := "name"
	if v["name"] == nil {
		attribute = "model"
	}
	return v.text(attribute), v[attribute] != Unknown
}

func (v Values) check(at string) []Problem {
	problems := v.checkProvider(at)
	for _, f := range fields {
		if f.rule != nil && v.known(f.attribute) {
			problems = append(problems, f.rule(at+"."+f.attribute, v[f.attribute])...)
		}
	}
	return append(problems, v.checkTogether(at)...)
}

func (v Values) checkProvider(at string) []Problem {
	word := v.text("provider")
	if !v.known("provider") || CheckProvider(word) == nil {
		return nil
	}
	remedy := ProviderAdvice(word)
	if v.text("base_url") != "" {
		remedy = "Write the protocol that the API at base_url speaks."
	}
	return []Problem{{
		Summary: "Unknown Protocol",
		Cause: fmt.Sprintf("%s.provider is %s, which is no protocol. It names the protocol that Droid speaks: %q (Messages), %q (Responses) "+
			"or %q (Chat Completions). Droid drops every custom model when it meets another word.",
			at, Quoted(word), Anthropic, OpenAI, Generic),
		Remedy: remedy,
	}}
}

// CheckHeaders checks a map of headers. It shows no name that is wrong: that may be a value in the wrong place.
func CheckHeaders(at string, headers any) []Problem {
	elements, _ := headers.(map[string]any)
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if err := CheckHeaderName(name); err != nil {
			problems = append(problems, Invalid("A name in "+at, err))
			continue
		}
		at := fmt.Sprintf("%s[%s]", at, Quoted(name))
		if elements[name] == nil {
			problems = append(problems, Invalid(at, ErrNull))
		}
		problems = append(problems, rule(CheckHeaderValue)(at, elements[name])...)
	}
	return problems
}

// checkTogether checks what the values of one model say together.
func (v Values) checkTogether(at string) []Problem {
	var problems []Problem
	if model := v.text("model"); v["name"] == nil && CheckText(model) == nil {
		if err := CheckName(model); err != nil {
			problems = append(problems, Problem{
				Summary: "Model Needs a Name",
				Cause:   fmt.Sprintf("%s.model ends Droid's id of the model where name is not set, and then it %s.", at, err),
				Remedy:  "Set name beside it.",
			})
		}
	}
	if v.known("gateway_provider") && v.known("base_url") {
		problems = append(problems, Problem{
			Summary: "Invalid Attribute Combination",
			Cause:   at + " has both gateway_provider and base_url. A model with base_url does not go through the AI Gateway.",
			Remedy:  "Remove one of the two.",
		})
	}
	if base, provider := v.text("base_url"), v.text("provider"); CheckProvider(provider) == nil && CheckURL(base) == nil {
		if err := CheckBaseURL(provider, base); err != nil {
			problems = append(problems, Problem{Summary: "Base URL Droid Would Not Reach", Cause: at + ".base_url " + err.Error() + "."})
		}
	}
	return problems
}

// Warnings tell of what Droid would do otherwise than the template's author may think.
func (v Values) Warnings(at string) []Problem {
	var problems []Problem
	m := v.Model()
	if CheckProvider(m.Provider) == nil && CheckURL(m.BaseURL) == nil && LacksVersion(m.Provider, m.BaseURL) {
		problems = append(problems, Problem{
			Summary: "Base URL Without Version",
			Cause: fmt.Sprintf("%s.base_url has no version at its end. With provider %s, Droid appends only the name of the call, and most servers "+
				"expect /v1 before it.", at, m.Provider),
			Remedy:  "Append /v1 unless this server is different.",
			Warning: true,
		})
	}
	if v["enable_thinking"] != Unknown && m.RaisesOutput() {
		problems = append(problems, Problem{
			Summary: "Output Limit Raised by Droid",
			Cause: fmt.Sprintf("%s.max_output_tokens is too low: while %s thinks, Droid raises a limit below %d tokens, for instance 8192 to 32000.",
				at, Quoted(m.Model), MinThinkingOutput),
			Remedy:  fmt.Sprintf("Set %d or more, or enable_thinking = false.", MinThinkingOutput),
			Warning: true,
		})
	}
	return problems
}
