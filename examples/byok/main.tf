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

# Each user keeps their keys as Coder user secrets, which are environment variables of the workspace. Terraform turns
# $${NAME} into ${NAME}, which Droid replaces with the variable. No key is in the template or in the state.
resource "factory_custom_models" "droid" {
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    name              = "claude"
    max_output_tokens = 32000
  }
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    name              = "claude-my-key"
    display_name      = "Claude (my own key)"
    api_key           = "$${ANTHROPIC_API_KEY}"
    max_output_tokens = 32000
  }
  model {
    model        = "gpt-5.2-codex"
    provider     = "openai"
    name         = "gpt-my-key"
    display_name = "GPT (my own key)"
    api_key      = "$${OPENAI_API_KEY}"
  }
  default_model = "claude"
}

resource "coder_agent" "main" {
  os             = "linux"
  arch           = "amd64"
  env            = factory_custom_models.droid.env
  startup_script = factory_custom_models.droid.script
}
