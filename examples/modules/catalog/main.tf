# The models that the deployment's administrators chose, for Droid without a button: scripts run `droid exec`.
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
  catalog  = { include = ["claude-*", "gpt-5*"] }
  cli_app  = false
}
