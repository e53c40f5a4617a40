package droid

import "strings"

// The protocols that Droid speaks to a custom model. Any other word in one entry makes Droid drop every custom
// model, and its next rewrite erases the file.
const (
	Anthropic = "anthropic"
	OpenAI    = "openai"
	Generic   = "generic-chat-completion-api"
)

// Providers lists what a model's provider can be.
func Providers() []string { return []string{Anthropic, OpenAI, Generic} }

// Protocol is what Droid speaks with a gateway provider of a type, by Coder's word for the type. It is empty for a type
// that is not known to speak any of Droid's protocols, such as copilot.
func Protocol(kind string) string {
	switch kind {
	case "anthropic", "bedrock":
		return Anthropic
	case "openai", "azure":
		return OpenAI
	case "google", "openai-compat", "openrouter", "vercel":
		return Generic
	}
	return ""
}

// Speaks tells whether the gateway takes a protocol for a gateway provider of a type. It takes Responses and Chat
// Completions for the same types, and leaves it to the vendor to know them. Nothing is said of a type that is not
// known.
func Speaks(kind, protocol string) bool {
	usual := Protocol(kind)
	return usual == "" || (usual == Anthropic) == (protocol == Anthropic)
}

// GovernanceHeader carries the Coder session token when the key itself is a personal one.
const GovernanceHeader = "X-Coder-AI-Governance-Token"

// The paths of the AI Gateway below a deployment's access URL.
const (
	GatewayPath = "/api/v2/ai-gateway"
	// OlderGatewayPath is the alias that every release with a gateway serves. Before Coder 2.36 it is the only one.
	OlderGatewayPath = "/api/v2/aibridge"
)

// SettingsPath is the user's settings file, which Droid reads on every machine.
const SettingsPath = "~/.factory/settings.json"

// ManagedSettingsPath is a settings file of our own for a namespace. Droid reads it as its organization's settings if
// [ManagedPathVariable] names it.
func ManagedSettingsPath(namespace string) string { return "~/.factory/" + namespace + "-managed.json" }

// ManagedPathVariable is the environment variable that names a managed file to Droid. Droid expands nothing in it. If
// there is a system-managed file, Droid reads no other managed file.
const ManagedPathVariable = "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"

// SystemSettingsPath is the settings file that an administrator keeps for all users of a Linux machine. Droid is
// stricter with it.
const SystemSettingsPath = "/etc/factory/settings.json"

// IDPrefix begins the ids of all models of a namespace.
func IDPrefix(namespace string) string { return "custom:" + namespace + "/" }

// ID is Droid's id of a model.
func ID(namespace, name string) string { return IDPrefix(namespace) + name }

// BaseURL is where Droid reaches a gateway provider. Droid itself appends /v1 for the API format anthropic, and only
// for that.
func BaseURL(gateway, provider, gatewayProvider string) string {
	base := strings.TrimRight(gateway, "/") + "/" + gatewayProvider
	if provider == Anthropic {
		return base
	}
	return base + "/v1"
}
