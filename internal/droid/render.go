// Package droid renders custom models the way Factory's Droid reads them from its settings, and knows what Droid
// makes of them. It is pure: plain values in, a document or an error out.
package droid

import (
	"bytes"
	"encoding/json"
)

// Gateway is where the models are reached and as whom.
type Gateway struct {
	// URL is the AI Gateway's root, without a slash at its end.
	URL string
	// Token is what the gateway knows the workspace's owner by. Without one no model of the gateway is rendered.
	Token string
	// Keyless renders the models of the gateway all the same, without a key.
	Keyless bool
	// TokenVariable names the environment variable from which Droid gets the token. If it is empty, the document has the
	// token. Droid reads a variable for this only from a managed file.
	TokenVariable string
}

// Settings is what one namespace wants to have in a settings file.
type Settings struct {
	Namespace string
	Models    []Model
	// DefaultModel is the Name of the model that a new session starts with; empty for none.
	DefaultModel string
	// Managed are further settings for a managed file.
	Managed Managed
}

// Document is what one namespace wants to have in a settings file.
type Document struct {
	// Text is JSON as Droid itself writes it, indented by two spaces, a member a line, without a line end.
	Text []byte
	// Entries are the models in Text, in its order.
	Entries []Entry
	// DefaultID is the id of the model that a new session starts with; empty for none.
	DefaultID string
}

// Entry is one model of a document.
type Entry struct {
	ID string
	// Text is laid out as in the document, but not indented as a whole.
	Text []byte
}

// NeedsGateway tells whether any of the models goes through the AI Gateway.
func (s Settings) NeedsGateway() bool {
	for _, m := range s.Models {
		if m.BaseURL == "" {
			return true
		}
	}
	return false
}

// IDs are Droid's ids of the models, in their order.
func (s Settings) IDs() []string {
	ids := make([]string, len(s.Models))
	for i, m := range s.Models {
		ids[i] = ID(s.Namespace, m.EndOfID())
	}
	return ids
}

// Render makes the settings document. The error says that a value can't be written as JSON.
func (s Settings) Render(g Gateway) Document {
	var doc Document
	entries := []json.RawMessage{}
	for _, m := range s.Models {
		if m.BaseURL == "" && g.Token == "" && !g.Keyless {
			continue
		}
		e := m.entry(s.Namespace, g)
		e.Index = len(entries)
		text := indented(e)
		entries = append(entries, text)
		doc.Entries = append(doc.Entries, Entry{e.ID, text})
		if s.DefaultModel != "" && m.EndOfID() == s.DefaultModel {
			doc.DefaultID = e.ID
		}
	}
	doc.Text = indented(s.Managed.root(g, entries, doc.DefaultID))
	return doc
}

// indented is a value as JSON. Its raw parts are those that [CheckObject] and [CheckExtraFields] take, so it always is.
func indented(value any) []byte {
	var out bytes.Buffer
	text, err := encode(value)
	if err == nil {
		err = json.Indent(&out, text, "", "  ")
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}
