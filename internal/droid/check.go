package droid

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrNull says that a value must not be null.
var ErrNull = errors.New("must not be null")

// CheckModels checks the models of a template as far as they are known, each alone and then together. It returns their
// names, and whether these are all. A model that is unknown as a whole is nil.
func CheckModels(models []Values) (names []string, complete bool, problems []Problem) {
	first := make(map[string]string)
	complete = true
	for i, v := range models {
		at := v.Place(i)
		for _, p := range v.check() {
			p.Cause = at + ": " + p.Cause
			problems = append(problems, p)
		}
		name, known := v.Name()
		if complete = complete && known; !known {
			continue
		}
		if other, taken := first[name]; taken {
			problems = append(problems, Problem{
				Summary: "Duplicate Model Name",
				Cause:   fmt.Sprintf("%s and %s have the same name. Droid would show only the first of them.", other, at),
				Remedy:  "Give one of them a name of its own, with name.",
			})
			continue
		}
		first[name] = at
		names = append(names, name)
	}
	return names, complete, problems
}

// CheckDefault returns a problem unless one of the models has that name.
func CheckDefault(want string, names []string) *Problem {
	if slices.Contains(names, want) || CheckName(want) != nil {
		return nil
	}
	p := &Problem{
		Summary:   "Unknown Default Model",
		Cause:     fmt.Sprintf("default_model is %s, and no model has that name.", Quoted(want)),
		Remedy:    "Add a model block with that name, or remove default_model.",
		Attribute: "default_model",
	}
	if _, name, found := strings.Cut(want, "/"); found && strings.HasPrefix(want, "custom:") && slices.Contains(names,
		name) {
		p.Remedy = fmt.Sprintf("Write default_model = %q.", name)
	} else if len(names) > 0 {
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = Quoted(name)
		}
		p.Remedy = "The names are " + Enumerated(quoted) + "."
	}
	return p
}

// Name is the model's name, if it can be told yet.
func (v Values) Name() (name string, known bool) {
	attribute := "name"
	if v["name"] == nil {
		attribute = "model"
	}
	return v.text(attribute), v != nil && v[attribute] != Unknown
}

// Place is a model's place in the template, as Terraform writes it, with its name.
func (v Values) Place(i int) string {
	name, _ := v.Name()
	return Place(i, name)
}

func (v Values) check() []Problem {
	problems := v.checkProvider()
	for _, f := range fields {
		if f.rule != nil && v.known(f.attribute) {
			problems = append(problems, f.rule(f.attribute, v[f.attribute])...)
		}
	}
	return append(problems, v.checkTogether()...)
}

func (v Values) checkProvider() []Problem {
	word := v.text("provider")
	if !v.known("provider") || CheckProvider(word) == nil {
		return nil
	}
	remedy := ProviderAdvice(word)
	if v.text("base_url") != "" {
		remedy = "Write the API format that base_url serves."
	}
	return []Problem{{
		Summary: "Unknown API Format",
		Cause: fmt.Sprintf("provider is %s. It must be the model's API format: %q (Messages), %q (Responses) or %q (Chat "+
			"Completions). With any other word, Droid drops every custom model.", Quoted(word), Anthropic, OpenAI, Generic),
		Remedy: remedy,
	}}
}

// CheckHeaders checks a map of headers. It shows no name that is wrong: that may be a value in the wrong place.
func CheckHeaders(attribute string, headers any) []Problem {
	elements, _ := headers.(map[string]any)
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if err := CheckHeaderName(name); err != nil {
			problems = append(problems, Invalid("A name in "+attribute, err))
			continue
		}
		at := fmt.Sprintf("%s[%s]", attribute, Quoted(name))
		if elements[name] == nil {
			problems = append(problems, Invalid(at, ErrNull))
		}
		problems = append(problems, rule(CheckHeaderValue)(at, elements[name])...)
	}
	return problems
}

// checkTogether checks what the values of one model say together.
func (v Values) checkTogether() []Problem {
	var problems []Problem
	if model := v.text("model"); v["name"] == nil && checkTrimmed(model) == nil && CheckName(model) != nil {
		problems = append(problems, Problem{
			Summary: "Model Needs a Name",
			Cause:   "model also ends Droid's id of the model, and an id can only have printable ASCII without white space.",
			Remedy:  "Set name beside it.",
		})
	}
	if v.known("gateway_provider") && v.known("base_url") {
		problems = append(problems, Problem{
			Summary: "Invalid Attribute Combination",
			Cause:   "gateway_provider and base_url are both set. A model with base_url does not go through the AI Gateway.",
			Remedy:  "Remove one of the two.",
		})
	}
	if base, provider := v.text("base_url"), v.text("provider"); CheckProvider(provider) == nil && CheckURL(base) == nil {
		if err := CheckBaseURL(provider, base); err != nil {
			problems = append(problems, Problem{Summary: "Base URL Droid Would Not Reach", Cause: "base_url " + err.Error() +
				"."})
		}
	}
	return problems
}

// warnings are what Droid does otherwise than the template's author may think. Each cause follows the models' places.
var warnings = []struct {
	concerns func(v Values, m Model, managed bool) bool
	Problem
}{
	{
		func(_ Values, m Model, _ bool) bool {
			if m.Provider != OpenAI && m.Provider != Generic || CheckURL(m.BaseURL) != nil {
				return false
			}
			_, path := splitURL(m.BaseURL)
			return path == ""
		},
		Problem{
			Summary: "Base URL Without Version",
			Cause:   "base_url has no version at its end. Droid appends only the call, and most servers expect /v1 before it.",
			Remedy:  "Append /v1 unless this server is different.",
		},
	},
	{
		func(v Values, m Model, _ bool) bool { return v["enable_thinking"] != Unknown && m.RaisesOutput() },
		Problem{
			Summary: "Output Limit Raised by Droid",
			Cause: fmt.Sprintf("max_output_tokens is too low. While the model thinks, Droid raises a limit below %d tokens, "+
				"for instance 8192 to 32000.", MinThinkingOutput),
			Remedy: fmt.Sprintf("Set %d or more, or enable_thinking = false.", MinThinkingOutput),
		},
	},
	{
		func(v Values, m Model, _ bool) bool {
			return m.Provider == OpenAI && m.MaxOutputTokens != nil && v["extra_args"] != Unknown &&
				!bytes.Contains(m.ExtraArgs, []byte(`"max_output_tokens"`))
		},
		Problem{
			Summary: "Output Limit Not Sent by Droid",
			Cause:   fmt.Sprintf("Droid does not send max_output_tokens if provider is %q.", OpenAI),
			Remedy:  "Set extra_args = jsonencode({ max_output_tokens = … }) instead, which Droid sends as it is.",
		},
	},
	{
		func(_ Values, m Model, managed bool) bool { return managed && m.APIKey != "" && m.BaseURL == "" },
		Problem{
			Summary: "Token in the Managed File",
			Cause: "api_key is a personal key, so the token goes into a header, in which Droid replaces no variable. The " +
				"managed file holds the token itself.",
			Remedy: "Remove api_key to keep the token out of the file, or set token_scope = \"gateway\" to make it worth less.",
		},
	},
}

// Warnings tell of what Droid does otherwise than the template's author may think, each once for all models. managed
// says that the models go into a managed file.
func Warnings(models []Values, managed bool) (problems []Problem) {
	for _, w := range warnings {
		var places []string
		for i, v := range models {
			if w.concerns(v, v.Model(), managed) {
				places = append(places, v.Place(i))
			}
		}
		if len(places) > 0 {
			p := w.Problem
			p.Cause, p.Warning = Enumerated(places)+": "+p.Cause, true
			problems = append(problems, p)
		}
	}
	return problems
}
