terraform {
  required_providers {
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

data "factory_ai_gateway" "this" {
  instances = ["anthropic", "openai"]
}

# A list is null if it could not be read, for instance while a template is imported. Then the template takes the models named here.
locals {
  anthropic = coalesce(data.factory_ai_gateway.this.models["anthropic"], ["claude-sonnet-4-5-20250929"])
  openai    = coalesce(data.factory_ai_gateway.this.models["openai"], ["gpt-5.2-codex"])
  claude    = [for id in local.anthropic : id if startswith(id, "claude-")]
  gpt       = [for id in local.openai : id if startswith(id, "gpt-5")]
}

# Droid's menu shows what the gateway has.
resource "factory_custom_models" "droid" {
  models = concat(
    [for id in local.claude : { model = id, provider = "anthropic" }],
    [for id in local.gpt : { model = id, provider = "openai" }],
  )
  default_model = contains(local.claude, "claude-sonnet-4-5-20250929") ? "claude-sonnet-4-5-20250929" : null
}

output "gateway" {
  value = "${data.factory_ai_gateway.this.gateway_url} of Coder ${coalesce(data.factory_ai_gateway.this.version, "unknown")}"
}
