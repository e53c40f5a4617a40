package droid

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Managed are the settings that a managed file has beside the models.
type Managed struct {
	// Settings are members of the file, by their names.
	Settings map[string]json.RawMessage
	// GatewayOnly blocks every custom model but those of the gateway.
	GatewayOnly bool
}

// CheckManagedSettings refuses JSON that is no object, and the members that are the provider's own.
func CheckManagedSettings(s string) error {
	settings, err := object(s)
	if err != nil {
		return fmt.Errorf(`must be a JSON object, such as jsonencode({ cloudSessionSync = false })`)
	}
	if _, found := settings["customModels"]; found {
		return fmt.Errorf("must not hold customModels: the models are set with models and catalog")
	}
	for _, name := range []string{"sessionDefaultSettings", "modelPolicy"} {
		if text, found := settings[name]; found {
			if _, err := object(string(text)); err != nil {
				return fmt.Errorf("must have an object in %s", name)
			}
		}
	}
	return nil
}

// CheckTogether refuses settings that say what another attribute says. defaultModel tells whether that is set.
func (m *Managed) CheckTogether(defaultModel bool) error {
	if m == nil {
		return nil
	}
	if defaultModel && m.inside("sessionDefaultSettings")["model"] != nil {
		return fmt.Errorf("must not hold sessionDefaultSettings.model, because default_model is set")
	}
	if m.GatewayOnly && m.inside("modelPolicy")["allowedBaseUrls"] != nil {
		return fmt.Errorf("must not hold modelPolicy.allowedBaseUrls, because gateway_only is set")
	}
	return nil
}

// inside are the members of one of the settings; none where that is no object.
func (m *Managed) inside(name string) map[string]json.RawMessage {
	members, _ := object(string(m.Settings[name]))
	return members
}

// member is a member of a JSON object that has an order.
type member struct {
	name  string
	value any
}

type members []member

// members are those of the document: first the place for the models, then the default model, then what an administrator adds.
func (m *Managed) members(g Gateway, defaultID string) members {
	doc := members{{name: "customModels"}}
	if m == nil {
		m = &Managed{}
	}
	session := m.inside("sessionDefaultSettings")
	if defaultID != "" {
		doc = append(doc, member{"sessionDefaultSettings", append(members{{"model", defaultID}}, sorted(session)...)})
	} else if session != nil {
		doc = append(doc, member{"sessionDefaultSettings", sorted(session)})
	}
	rest := maps.Clone(m.Settings)
	delete(rest, "sessionDefaultSettings")
	policy := m.inside("modelPolicy")
	if m.GatewayOnly {
		urls, _ := encode([]string{g.URL})
		policy = maps.Clone(policy)
		if policy == nil {
			policy = make(map[string]json.RawMessage)
		}
		policy["allowedBaseUrls"] = urls
		text, _ := encode(sorted(policy)) // JSON that was read before
		if rest == nil {
			rest = make(map[string]json.RawMessage)
		}
		rest["modelPolicy"] = text
	}
	return append(doc, sorted(rest)...)
}

func sorted(values map[string]json.RawMessage) (out members) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, member{name, values[name]})
	}
	return out
}

// MarshalJSON writes the members in their order.
func (list members) MarshalJSON() ([]byte, error) {
	out := []byte("{")
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		value, err := encode(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}
