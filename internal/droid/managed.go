package droid

import (
	"encoding/json"
	"fmt"
)

// Managed are the settings that a managed file has beside the models.
type Managed struct {
	// Settings are members of the file, by their names.
	Settings map[string]json.RawMessage
	// GatewayOnly blocks every custom model but those of the gateway.
	GatewayOnly bool
}

// CheckManagedSettings returns an error unless s is a JSON object without the members that are the provider's own.
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

// CheckTogether returns an error if the settings say what another attribute says. defaultModel tells whether that is
// set.
func (m Managed) CheckTogether(defaultModel bool) error {
	if defaultModel && m.inside("sessionDefaultSettings")["model"] != nil {
		return fmt.Errorf("must not hold sessionDefaultSettings.model, because default_model is set")
	}
	if m.GatewayOnly && m.inside("modelPolicy")["allowedBaseUrls"] != nil {
		return fmt.Errorf("must not hold modelPolicy.allowedBaseUrls, because gateway_only is set")
	}
	return nil
}

// inside are the members of one of the settings; none where that is no object.
func (m Managed) inside(name string) map[string]json.RawMessage {
	members, _ := object(string(m.Settings[name]))
	return members
}

// root has the members of the document: the models, the default model, and what an administrator adds.
func (m Managed) root(g Gateway, entries []json.RawMessage, defaultID string) map[string]any {
	root := map[string]any{}
	for name, value := range m.Settings {
		root[name] = value
	}
	root["customModels"] = entries
	if defaultID != "" {
		root["sessionDefaultSettings"] = m.adding("sessionDefaultSettings", "model", defaultID)
	}
	if m.GatewayOnly {
		root["modelPolicy"] = m.adding("modelPolicy", "allowedBaseUrls", []string{g.URL})
	}
	return root
}

// adding has the members of one of the settings, and one more.
func (m Managed) adding(setting, name string, value any) map[string]any {
	members := map[string]any{name: value}
	for name, value := range m.inside(setting) {
		members[name] = value
	}
	return members
}
