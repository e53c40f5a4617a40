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

// What Droid calls: the base URL, and what Droid itself appends to it.
func TestCalls(t *testing.T) {
	t.Parallel()
	for provider, want := range map[string]string{
		Anthropic: "https://gw/anthropic/v1/messages",
		OpenAI:    "https://gw/openai/v1/responses",
		Generic:   "https://gw/openai/v1/chat/completions",
	} {
		assert.Equal(t, want, BaseURL("https://gw/", provider, Instance(provider))+Call(provider))
	}
}
