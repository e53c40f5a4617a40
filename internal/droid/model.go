package droid

import (
	"encoding/json"
	"maps"
)

// Model is one custom model, as a template describes it and as Droid reads it: Render makes the latter of the former. A
// nil pointer or an empty string is left to Droid.
//
// A field is added here, in one line. Its JSON name is Droid's; the order of the fields is the one in which Droid
// writes them, so that its own rewriting of the file changes nothing. Its attribute is what a template calls it, for
// what a template can set. Its rule, one of those in values.go, says what a value must be. A field with extra is one
// that a template sets in extra_fields; its tag says what a value must be.
type Model struct {
	Model               string            `json:"model" attribute:"model" rule:"text"`
	ID                  string            `json:"id"`
	Index               int               `json:"index"`
	BaseURL             string            `json:"baseUrl" attribute:"base_url" rule:"url"`
	APIKey              string            `json:"apiKey,omitempty" attribute:"api_key" rule:"key"`
	APIKeyHelper        string            `json:"apiKeyHelper,omitempty"`
	APIKeyHelperTTL     *int64            `json:"apiKeyHelperTtlMs,omitempty" extra:"a whole number above 0"`
	AuthMode            string            `json:"authMode,omitempty" extra:"a string"`
	DisplayName         string            `json:"displayName" attribute:"display_name" rule:"text"`
	MaxContextLimit     *int64            `json:"maxContextLimit,omitempty" attribute:"max_context_limit" rule:"tokens"`
	EnableThinking      *bool             `json:"enableThinking,omitempty" attribute:"enable_thinking"`
	ThinkingMaxTokens   *int64            `json:"thinkingMaxTokens,omitempty" attribute:"thinking_max_tokens" rule:"tokens"`
	MaxOutputTokens     *int64            `json:"maxOutputTokens,omitempty" attribute:"max_output_tokens" rule:"tokens"`
	ReasoningEffort     string            `json:"reasoningEffort,omitempty" attribute:"reasoning_effort" rule:"effort"`
	ExtraHeaders        map[string]string `json:"extraHeaders,omitempty" attribute:"extra_headers" rule:"headers"`
	ExtraArgs           json.RawMessage   `json:"extraArgs,omitempty" attribute:"extra_args" rule:"object"`
	Bedrock             map[string]any    `json:"bedrock,omitempty" extra:"an object"`
	BaseModelID         string            `json:"baseModelId,omitempty" extra:"a string"`
	UseInRouter         *bool             `json:"useInRouter,omitempty" extra:"true or false"`
	FileEditToolProfile string            `json:"fileEditToolProfile,omitempty" extra:"a string"`
	NoImageSupport      *bool             `json:"noImageSupport" attribute:"no_image_support"`
	Provider            string            `json:"provider" attribute:"provider"` // see Values.checkProvider

	// Droid does not read these two. Name ends the id; empty stands for Model. GatewayProvider is a part of the base URL;
	// empty stands for the usual name.
	Name            string `json:"-" attribute:"name" rule:"name"`
	GatewayProvider string `json:"-" attribute:"gateway_provider" rule:"slug"`
	// ExtraFields is an object of further fields, see extra.go.
	ExtraFields json.RawMessage `json:"-" attribute:"extra_fields" rule:"fields"`
}

// GatewayName is the name of the model's gateway provider.
func (m Model) GatewayName() string {
	switch {
	case m.GatewayProvider != "":
		return m.GatewayProvider
	case m.Provider == Anthropic:
		return "anthropic"
	}
	return "openai"
}

// EndOfID is what ends the model's id.
func (m Model) EndOfID() string {
	if m.Name != "" {
		return m.Name
	}
	return m.Model
}

// entry is the model with all that Droid has to read.
func (m Model) entry(namespace string, g Gateway) Model {
	m.addExtra()
	m.ID = ID(namespace, m.EndOfID())
	if m.NoImageSupport == nil {
		assumed := m.Provider == Generic // what Droid assumes and writes
		m.NoImageSupport = &assumed
	}
	outside := m.BaseURL != ""
	if m.DisplayName == "" {
		m.DisplayName = m.EndOfID()
		if !outside {
			m.DisplayName += " (Coder AI Gateway)"
		}
	}
	if outside {
		return m
	}
	return m.throughGateway(g)
}

// throughGateway points an entry at the AI Gateway, with either of the credentials that Coder documents.
func (m Model) throughGateway(g Gateway) Model {
	m.BaseURL = BaseURL(g.URL, m.Provider, m.GatewayName())
	switch {
	case m.APIKey == "" && g.TokenVariable != "":
		m.APIKeyHelper = "printenv " + g.TokenVariable
		return m
	case m.APIKey == "":
		m.APIKey = g.Token
		return m
	case g.Token == "":
		return m
	}
	// Droid expands nothing in a header, so here the token itself is needed.
	headers := map[string]string{GovernanceHeader: g.Token}
	maps.Copy(headers, m.ExtraHeaders)
	m.ExtraHeaders = headers
	return m
}
