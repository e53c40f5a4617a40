# Two of these modules on one agent, and a script that waits for Droid.
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

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

# In your own template, copy the module's folder and write its path here.
module "droid" {
  source   = "../../../modules/droid"
  agent_id = coder_agent.main.id
  models   = [{ model = "claude-sonnet-4-5-20250929", provider = "anthropic" }]
}

module "droid_of_the_team" {
  source    = "../../../modules/droid"
  agent_id  = coder_agent.main.id
  namespace = "team"
  models    = [{ model = "gpt-5.2-codex", provider = "openai" }]
  cli_app   = false
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
