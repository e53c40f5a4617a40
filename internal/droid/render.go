// Package droid renders custom models the way Factory's Droid reads them from its settings, and knows what Droid
// makes of them. It is pure: plain values in, a document or an error out.
package droid

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Gateway is where the models are reached and as whom.
type Gateway struct {
	// URL is the AI Gateway's root, without a slash at its end.
	URL string
	// Token is the workspace owner's session token. Without one no model of the gateway is rendered.
	Token string
	// TokenVariable names the environment variable from which Droid gets the token. If it is empty, the document has the token. Droid
	// reads a variable for this only from a managed file.
	TokenVariable string
}

// Settings is what one namespace wants to have in a settings file.
type Settings struct {
	Namespace string
	Models    []Model
	// DefaultModel is the Name of the model that a new session starts with; empty for none.
	DefaultModel string
	// Managed are further settings for a managed file; nil for none.
	Managed *Managed
}

// NoModels is the settings document of a resource without models, as [Settings.Render] makes it.
const NoModels = "{\n  \"customModels\": []\n}"

// NeedsGateway tells whether any of the models goes through the AI Gateway.
func (s Settings) NeedsGateway() bool {
	for _, m := range s.Models {
		if m.BaseURL == "" {
			return true
		}
	}
	return false
}

// Names are the names of the models, in their order.
func (s Settings) Names() []string {
	names := make([]string, len(s.Models))
	for i, m := range s.Models {
		names[i] = m.EndOfID()
	}
	return names
}

// Render returns the settings document: JSON as Droid itself writes it, indented by two spaces, a member a line,
// without a newline at the end. The error says that a value can't be written as JSON.
func (s Settings) Render(g Gateway) ([]byte, error) {
	models, defaultID := []Model{}, ""
	for _, m := range s.Models {
		if m.BaseURL == "" && g.Token == "" {
			continue
		}
		e := m.entry(s.Namespace, g)
		e.Index = len(models)
		models = append(models, e)
		if s.DefaultModel != "" && m.EndOfID() == s.DefaultModel {
			defaultID = e.ID
		}
	}
	doc := s.Managed.members(g, defaultID)
	doc[0].value = models
	var out bytes.Buffer
	text, err := encode(doc)
	if err == nil {
		err = json.Indent(&out, text, "", "  ")
	}
	if err != nil {
		return nil, fmt.Errorf("rendering Droid's settings: %w", err)
	}
	return rawSeparators(out.Bytes()), nil
}

// rawSeparators writes U+2028 and U+2029 as themselves, as Droid does; Go's encoder escapes them.
func rawSeparators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		switch {
		case bytes.HasPrefix(text, []byte(`\u2028`)):
			out, text = append(out, "\u2028"...), text[6:]
		case bytes.HasPrefix(text, []byte(`\u2029`)):
			out, text = append(out, "\u2029"...), text[6:]
		case text[0] == '\\':
			out, text = append(out, text[:2]...), text[2:]
		default:
			out, text = append(out, text[0]), text[1:]
		}
	}
	return out
}
