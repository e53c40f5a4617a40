// Package droid renders custom models the way Factory's Droid reads them from its settings, and knows what Droid
// makes of them. It is pure: plain values in, a document or an error out.
package droid

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Model is one custom model as a template author describes it. A nil pointer or an empty string is left to Droid.
type Model struct {
	// Model is the id sent upstream.
	Model string
	// Provider is Droid's word for the protocol, one of [Providers].
	Provider string
	// Name ends Droid's id of the model; empty stands for Model.
	Name string
	// DisplayName is what Droid's menu shows; empty stands for a name made from Name.
	DisplayName string
	// GatewayProvider is the provider's instance in the AI Gateway; empty stands for Coder's usual name.
	GatewayProvider string
	// APIKey is a personal key, or ${VAR} that Droid expands; empty stands for the session token.
	APIKey string
	// BaseURL takes the model around the gateway.
	BaseURL string

	// MaxOutputTokens, MaxContextLimit and ThinkingMaxTokens count tokens.
	MaxOutputTokens, MaxContextLimit, ThinkingMaxTokens *int64
	NoImageSupport, EnableThinking                      *bool
	// ReasoningEffort is one of [ReasoningEfforts].
	ReasoningEffort string
	ExtraHeaders    map[string]string
	// ExtraArgs is a JSON object merged over each request's body.
	ExtraArgs json.RawMessage
}

// Gateway is where the models are reached and as whom.
type Gateway struct {
	// URL is the AI Gateway's root, without a slash at its end.
	URL string
	// Token is the workspace owner's session token. Without one no model of the gateway is rendered.
	Token string
}

// Settings is what one namespace wants to have in a settings file.
type Settings struct {
	Namespace string
	Models    []Model
	// DefaultModel is the Name of the model that a new session starts with; empty for none.
	DefaultModel string
}

// entry is an element of customModels. The order of its fields is the one in which Droid writes them, so that its
// own rewriting of the file changes nothing.
type entry struct {
	Model             string            `json:"model"`
	ID                string            `json:"id"`
	Index             int               `json:"index"`
	BaseURL           string            `json:"baseUrl"`
	APIKey            string            `json:"apiKey,omitempty"`
	DisplayName       string            `json:"displayName"`
	MaxContextLimit   *int64            `json:"maxContextLimit,omitempty"`
	EnableThinking    *bool             `json:"enableThinking,omitempty"`
	ThinkingMaxTokens *int64            `json:"thinkingMaxTokens,omitempty"`
	MaxOutputTokens   *int64            `json:"maxOutputTokens,omitempty"`
	ReasoningEffort   string            `json:"reasoningEffort,omitempty"`
	ExtraHeaders      map[string]string `json:"extraHeaders,omitempty"`
	ExtraArgs         json.RawMessage   `json:"extraArgs,omitempty"`
	NoImageSupport    bool              `json:"noImageSupport"`
	Provider          string            `json:"provider"`
}

type session struct {
	Model string `json:"model"`
}

type document struct {
	CustomModels           []entry  `json:"customModels"`
	SessionDefaultSettings *session `json:"sessionDefaultSettings,omitempty"`
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

// Render returns the settings document: JSON as Droid itself writes it, indented by two spaces, a member a line,
// without a newline at the end. The error says that a value can't be written as JSON.
func (s Settings) Render(g Gateway) ([]byte, error) {
	doc := document{CustomModels: []entry{}}
	for _, m := range s.Models {
		if m.BaseURL == "" && g.Token == "" {
			continue
		}
		e := m.entry(s.Namespace, g)
		e.Index = len(doc.CustomModels)
		doc.CustomModels = append(doc.CustomModels, e)
		if s.DefaultModel != "" && m.name() == s.DefaultModel {
			doc.SessionDefaultSettings = &session{Model: e.ID}
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("rendering Droid's settings: %w", err)
	}
	return rawSeparators(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}

func (m Model) name() string {
	if m.Name != "" {
		return m.Name
	}
	return m.Model
}

func (m Model) entry(namespace string, g Gateway) entry {
	e := entry{
		Model:             m.Model,
		ID:                ID(namespace, m.name()),
		BaseURL:           m.BaseURL,
		APIKey:            m.APIKey,
		DisplayName:       m.DisplayName,
		MaxContextLimit:   m.MaxContextLimit,
		EnableThinking:    m.EnableThinking,
		ThinkingMaxTokens: m.ThinkingMaxTokens,
		MaxOutputTokens:   m.MaxOutputTokens,
		ReasoningEffort:   m.ReasoningEffort,
		ExtraHeaders:      m.ExtraHeaders,
		ExtraArgs:         m.ExtraArgs,
		NoImageSupport:    m.Provider == Generic, // what Droid assumes and writes
		Provider:          m.Provider,
	}
	if m.NoImageSupport != nil {
		e.NoImageSupport = *m.NoImageSupport
	}
	if e.DisplayName == "" {
		e.DisplayName = m.name()
	}
	if m.BaseURL == "" {
		m.throughGateway(&e, g)
	}
	return e
}

// throughGateway points an entry at the AI Gateway, with either of the credentials that Coder documents.
func (m Model) throughGateway(e *entry, g Gateway) {
	e.BaseURL = BaseURL(g.URL, m.Provider, m.Instance())
	if m.DisplayName == "" {
		e.DisplayName += " (Coder AI Gateway)"
	}
	if m.APIKey == "" {
		e.APIKey = g.Token
		return
	}
	e.ExtraHeaders = map[string]string{GovernanceHeader: g.Token}
	for name, value := range m.ExtraHeaders {
		e.ExtraHeaders[name] = value
	}
}

// Instance is the model's provider instance in the gateway.
func (m Model) Instance() string {
	if m.GatewayProvider != "" {
		return m.GatewayProvider
	}
	return Instance(m.Provider)
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
