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
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

resource "coder_devcontainer" "repo" {
  agent_id         = coder_agent.main.id
  workspace_folder = "/home/coder/repo"
}

# The dev container's own agent does not get the environment of the agent above.
resource "coder_env" "droid" {
  for_each = toset(nonsensitive(keys(factory_custom_models.droid.env)))

  agent_id = coder_devcontainer.repo.subagent_id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}

resource "coder_script" "droid" {
  agent_id     = coder_devcontainer.repo.subagent_id
  display_name = "Droid's models"
  script       = factory_custom_models.droid.script
  run_on_start = true
}

# Without this, the dashboard shows the resource beside the workspace's machine.
resource "coder_metadata" "droid" {
  resource_id = factory_custom_models.droid.id
  hide        = true
}
