terraform {
  required_providers {
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

# Offline: nothing is asked of a deployment. Inside Coder this block is not needed.
provider "factory" {
  verification = "skip"
}

resource "factory_custom_models" "droid" {
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    max_output_tokens = 32000
  }
  model {
    model    = "gpt-5.2-codex"
    provider = "openai"
  }
  default_model = "claude-sonnet-4-5-20250929"
}

# What a template gives to coder_agent.
output "env" {
  value     = factory_custom_models.droid.env
  sensitive = true
}

output "script" {
  value = factory_custom_models.droid.script
}
