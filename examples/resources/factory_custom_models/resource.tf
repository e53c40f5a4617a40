terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
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

resource "coder_agent" "main" {
  os             = "linux"
  arch           = "amd64"
  env            = factory_custom_models.droid.env
  startup_script = factory_custom_models.droid.script
}
