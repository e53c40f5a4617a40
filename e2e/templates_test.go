package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documented is the template that the resource's page and README show.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../examples/resources/factory_custom_models/resource.tf")
	require.NoError(t, err)
	return string(text) + machine
}

// machine is what the agent runs on: Coder keeps an agent only when some resource refers to it.
const machine = `
resource "terraform_data" "machine" {
  input = coder_agent.main.id
}
`

// withModels is a template with other models, in every form the gateway takes, and an optional provider block.
func withModels(models, provider string) string {
	return strings.NewReplacer("MODELS", models, "PROVIDER", provider).Replace(`
terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}
PROVIDER
data "coder_workspace" "me" {}

resource "factory_custom_models" "droid" {
  models = [
MODELS
  ]
}

resource "coder_agent" "main" {
  count          = data.coder_workspace.me.start_count
  os             = "linux"
  arch           = "amd64"
  env            = factory_custom_models.droid.env
  startup_script = factory_custom_models.droid.script
}

# What the agent runs on: Coder keeps an agent only when some resource refers to it.
resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
  input = coder_agent.main[0].id
}
`)
}

const centralForms = `
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", name = "claude", max_output_tokens = 32000 },
    { model = "gpt-5.2-codex", provider = "openai", name = "gpt" },
    { model = "gpt-4.1", provider = "generic-chat-completion-api", name = "chat" },
`

const personalForms = `
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", name = "my-claude", api_key = "personal-anthropic-key" },
    { model = "gpt-5.2-codex", provider = "openai", name = "my-gpt", api_key = "personal-openai-key" },
    { model = "gpt-4.1", provider = "generic-chat-completion-api", name = "my-chat", api_key = "personal-openai-key" },
`

// allForms are models in every form that this release's gateway takes, and their number.
func allForms() (models string, number int) {
	if personalKeys {
		return centralForms + personalForms, 6
	}
	return centralForms, 3
}

// withDefault makes the model named claude the default.
func withDefault(template string) string {
	return strings.Replace(template, "  models = [", "  default_model = \"claude\"\n  models = [", 1)
}

const oneModel = `    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", name = "claude" },`
