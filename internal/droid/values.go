package droid

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Values are the attributes of a model as a template sets them: string, int64, bool, or map[string]any of strings; nil
// for null, and [Unknown].
type Values map[string]any

// Unknown stands for a value that is not there yet. It is not the same as null.
var Unknown any = unknown{}

type unknown struct{}

// field is a field of Model, as its tags describe it.
type field struct {
	name      string // Droid's
	attribute string // empty if a template can't set it
	extra     string // what a value in extra_fields must be; empty if it can't be there
	index     int
	rule      func(attribute string, value any) []Problem // nil if every value is fine
}

// fields is filled by init, because the rules in it refer to it.
var fields []field

func init() {
	model := reflect.TypeFor[Model]()
	for i := range model.NumField() {
		tag := model.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		fields = append(fields, field{name, tag.Get("attribute"), tag.Get("extra"), i, rules[tag.Get("rule")]})
	}
}

// rules say what a value must be, by the word in the tag of a field.
var rules = map[string]func(attribute string, value any) []Problem{
	"effort":  rule(CheckEffort),
	"fields":  rule(CheckExtraFields),
	"headers": CheckHeaders,
	"slug":    rule(CheckSlug),
	"key":     rule(checkAPIKey),
	"name":    rule(CheckName),
	"object":  rule(CheckObject),
	"text":    rule(checkTrimmed),
	"tokens":  rule(CheckTokens),
	"url":     rule(CheckURL),
}

// rule applies a check to a value that is there.
func rule[T any](check func(T) error) func(attribute string, value any) []Problem {
	return func(attribute string, value any) []Problem {
		if known, ok := value.(T); ok {
			if err := check(known); err != nil {
				return []Problem{Invalid(attribute, err)}
			}
		}
		return nil
	}
}

// Model is what the values describe. A value that is null or unknown is not set in it.
func (v Values) Model() Model {
	var m Model
	model := reflect.ValueOf(&m).Elem()
	for _, f := range fields {
		set(model.Field(f.index).Addr().Interface(), v[f.attribute])
	}
	return m
}

func set(field, value any) {
	switch field := field.(type) {
	case *string:
		*field, _ = value.(string)
	case **int64:
		if number, ok := value.(int64); ok {
			*field = &number
		}
	case **bool:
		if truth, ok := value.(bool); ok {
			*field = &truth
		}
	case *json.RawMessage:
		if text, _ := value.(string); text != "" {
			*field = json.RawMessage(text)
		}
	case *map[string]string:
		*field = texts(value)
	}
}

// texts are the strings of a map that are there. Without any there is no map.
func texts(value any) map[string]string {
	var out map[string]string
	elements, _ := value.(map[string]any)
	for name, element := range elements {
		if text, ok := element.(string); ok {
			if out == nil {
				out = make(map[string]string)
			}
			out[name] = text
		}
	}
	return out
}

// known tells whether an attribute has a value, neither null nor unknown.
func (v Values) known(attribute string) bool { return v[attribute] != nil && v[attribute] != Unknown }

// text is the value of an attribute; empty if it is not known.
func (v Values) text(attribute string) string {
	text, _ := v[attribute].(string)
	return text
}
