# Two of these modules on one agent, a script that waits for Droid, and a card of the template's own.
terraform {
  required_providers {
    coder = {
      source  = "coder/coder"
      version = ">= 2.20" # coder_script_order
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

data "coder_workspace" "me" {}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

# In your own template, copy the module's folder and write its path here.
module "droid" {
  source   = "../../../modules/droid"
  agent_id = coder_agent.main.id
  models   = [{ model = "claude-sonnet-4-5-20250929", provider = "anthropic" }]
  card     = "none"
}

module "droid_of_the_team" {
  source    = "../../../modules/droid"
  agent_id  = coder_agent.main.id
  namespace = "team"
  models    = [{ model = "gpt-5.2-codex", provider = "openai" }]
  app       = false
  card      = "hide"
}

resource "coder_script" "review" {
  agent_id     = coder_agent.main.id
  display_name = "Review"
  run_on_start = true
  script       = "droid exec -m ${module.droid.model_ids["claude-sonnet-4-5-20250929"]} 'review the last commit' > ~/review.txt"
}

# Coder 2.39 and later run the script once the module's is done. Earlier ones run both at once.
data "coder_script_order" "review" {
  rule {
    run   = ["coder_script.review"]
    after = ["module.droid"]
  }
}

resource "coder_metadata" "droid" {
  resource_id = module.droid.resource_id
  icon        = "/icon/terminal.svg"

  item {
    key   = "models"
    value = length(module.droid.model_ids)
  }
  item {
    key   = "AI Gateway"
    value = data.coder_workspace.me.access_url
  }
}
