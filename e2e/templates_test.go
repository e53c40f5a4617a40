package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// documented is the template that the resource's page and README show.
func documented(t *testing.T) string {
	t.Helper()
	return readFile(t, "../examples/resources/factory_custom_models/resource.tf") + machine
}

// machine is what the agent runs on: Coder keeps an agent only when some resource refers to it.
const machine = `
resource "terraform_data" "machine" {
  input = coder_agent.main.id
}
`

const required = `
terraform {
  required_providers {
    coder   = { source = "coder/coder" }
    factory = { source = "coder/factory" }
  }
}
`

// templateWith is a template whose resource holds what body says, with an optional provider block.
func templateWith(body, provider string) string {
	return strings.NewReplacer("BODY", strings.TrimSuffix(body, "\n"), "PROVIDER", provider).Replace(required + `
PROVIDER
data "coder_workspace" "me" {}

resource "factory_custom_models" "droid" {
BODY
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

// showingEnvironment is a template whose agent writes its own environment where a test finds it, because Droid has to
// run with what the agent made of it.
func showingEnvironment(template, file string) string {
	return strings.Replace(template, "startup_script = factory_custom_models.droid.script",
		"startup_script = \"${factory_custom_models.droid.script}\\nenv | grep FACTORY_ > "+file+"\\n\"", 1)
}

// verified is a provider block that fails the build if a check fails.
const verified = "provider \"factory\" {\n  verification = \"require\"\n}\n"

// model is a block, with further lines.
func model(model, provider, name string, lines ...string) string {
	block := fmt.Sprintf("  model {\n    model    = %q\n    provider = %q\n    name     = %q\n", model, provider, name)
	for _, line := range lines {
		block += "    " + line + "\n"
	}
	return block + "  }\n"
}

// claudeIsDefault makes the model named claude the default.
const claudeIsDefault = "  default_model = \"claude\"\n"

var (
	oneModel = model("claude-sonnet-4-5-20250929", "anthropic", "claude")

	centralForms = model("claude-sonnet-4-5-20250929", "anthropic", "claude", "max_output_tokens = 32000") +
		model("gpt-5.2-codex", "openai", "gpt") +
		model("gpt-4.1", "generic-chat-completion-api", "chat")

	personalForms = model("claude-sonnet-4-5-20250929", "anthropic", "my-claude", `api_key = "personal-anthropic-key"`) +
		model("gpt-5.2-codex", "openai", "my-gpt", `api_key = "personal-openai-key"`) +
		model("gpt-4.1", "generic-chat-completion-api", "my-chat", `api_key = "personal-openai-key"`)
)

// allForms are models in every form that this release's gateway takes, and their number.
func allForms() (models string, number int) {
	if personalKeys {
		return centralForms + personalForms, 6
	}
	return centralForms, 3
}
