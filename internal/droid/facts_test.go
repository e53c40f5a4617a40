package droid

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSystemManaged(t *testing.T) {
	t.Parallel()
	assert.True(t, SystemManaged("/etc/factory/settings.json"))
	assert.True(t, SystemManaged("/Library/Application Support/Factory/settings.json"))
	assert.False(t, SystemManaged(SettingsPath))
	assert.False(t, SystemManaged("/home/ada/etc/settings.json"))
}

func TestID(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "custom:coder/gpt-5.2-codex", ID("coder", "gpt-5.2-codex"))
}

// Droid appends /v1/messages, /responses or /chat/completions.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	for provider, want := range map[string]string{
		Anthropic: "https://gw/anthropic",
		OpenAI:    "https://gw/openai/v1",
		Generic:   "https://gw/openai/v1",
	} {
		assert.Equal(t, want, BaseURL("https://gw/", provider, Instance(provider)))
	}
}

// What the gateway takes for each type of gateway provider that Coder has.
func TestProtocol(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"anthropic": Anthropic, "bedrock": Anthropic, "openai": OpenAI, "azure": OpenAI,
		"google": Generic, "openai-compat": Generic, "openrouter": Generic, "vercel": Generic, "copilot": "", "later": "",
	} {
		assert.Equal(t, want, Protocol(kind), kind)
		for _, protocol := range Providers() {
			assert.Equal(t, want == "" || (want == Anthropic) == (protocol == Anthropic), Speaks(kind, protocol), kind+" "+protocol)
		}
	}
}
