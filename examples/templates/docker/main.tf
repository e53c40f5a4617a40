terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    docker = {
      source = "kreuzwerker/docker"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

variable "image" {
  description = "The image of the workspace. It needs curl or wget, and a user named coder."
  type        = string
  default     = "codercom/enterprise-base:ubuntu"
}

# The Docker on the provisioner's machine, or the one that DOCKER_HOST names.
provider "docker" {}

data "coder_provisioner" "me" {}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}

# Droid gets a token for the gateway alone, and no file in the workspace holds it.
resource "factory_custom_models" "droid" {
  delivery    = "managed"
  token_scope = "gateway"

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
  os   = "linux"
  arch = data.coder_provisioner.me.arch
  env  = factory_custom_models.droid.env

  # The script goes last: the exit status of the last command is the one that Coder shows.
  startup_script = <<-EOT
    #!/bin/sh
    [ -e ~/.profile ] || cp -R /etc/skel/. ~
    ${factory_custom_models.droid.script}
  EOT
}

# Without this, the dashboard shows the models as a card with a question mark.
resource "coder_metadata" "droid" {
  resource_id = factory_custom_models.droid.id
  icon        = "/icon/terminal.svg"

  item {
    key   = "models"
    value = length(factory_custom_models.droid.model_ids)
  }
  item {
    key   = "AI Gateway"
    value = data.coder_workspace.me.access_url
  }
  item {
    key   = "delivery"
    value = factory_custom_models.droid.delivery
  }
}

# The home stays when the workspace stops.
resource "docker_volume" "home" {
  name = "coder-${data.coder_workspace.me.id}-home"

  lifecycle {
    ignore_changes = all
  }
}

resource "docker_container" "workspace" {
  count      = data.coder_workspace.me.start_count
  image      = var.image
  name       = "coder-${data.coder_workspace.me.id}"
  hostname   = data.coder_workspace.me.name
  entrypoint = ["sh", "-c", coder_agent.main.init_script]
  env        = ["CODER_AGENT_TOKEN=${coder_agent.main.token}"]

  volumes {
    container_path = "/home/coder"
    volume_name    = docker_volume.home.name
  }

  labels {
    label = "com.coder.workspace.id"
    value = data.coder_workspace.me.id
  }
  labels {
    label = "com.coder.user.id"
    value = data.coder_workspace_owner.me.id
  }
}
