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

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

# In your own template, copy the module's folder and write its path here.
module "droid" {
  source   = "../../../modules/droid"
  agent_id = coder_agent.main.id
  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", max_output_tokens = 32000 },
    { model = "gpt-5.2-codex", provider = "openai" },
  ]
  default_model       = "claude-sonnet-4-5-20250929"
  post_install_script = "droid exec --help > ~/droid-models.txt"
}

# Droid's ids of the models, for a script that runs `droid exec -m`.
output "model_ids" {
  value = module.droid.model_ids
}
