# Droid is in the image, so nothing is fetched. Each user has a key of their own, which is a user secret in Coder.
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
  source        = "../../../modules/droid"
  agent_id      = coder_agent.main.id
  install_droid = false
  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", api_key = "$${ANTHROPIC_API_KEY}" },
  ]
}
