terraform {
  required_providers {
    factory = {
      source = "coder/factory"
    }
  }
}

data "factory_ai_gateway" "this" {
  instances = ["anthropic", "openai"]
}

locals {
  claude = [for id in data.factory_ai_gateway.this.models["anthropic"] : id if startswith(id, "claude-")]
  gpt    = [for id in data.factory_ai_gateway.this.models["openai"] : id if startswith(id, "gpt-5")]
}

# What the gateway has is what Droid's menu shows. The lists are empty while a template is imported and when a workspace stops,
# so the default is one only where it is there.
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
