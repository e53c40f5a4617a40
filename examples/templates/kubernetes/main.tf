terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
    kubernetes = {
      source = "hashicorp/kubernetes"
    }
  }
}

variable "namespace" {
  description = "The namespace of the workspaces. It must exist."
  type        = string
  default     = "coder-workspaces"
}

variable "use_kubeconfig" {
  description = "Whether to use ~/.kube/config on the provisioner's machine instead of the service account of its pod."
  type        = bool
  default     = false
}

variable "image" {
  description = "The image of the workspace. It needs curl or wget, and a user with the id 1000 whose home is /home/coder."
  type        = string
  default     = "codercom/enterprise-base:ubuntu"
}

variable "home_size" {
  description = "The size of a new home."
  type        = string
  default     = "10Gi"
}

provider "kubernetes" {
  config_path = var.use_kubeconfig ? "~/.kube/config" : null
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}

locals {
  name = "coder-${data.coder_workspace.me.id}"
  labels = {
    "app.kubernetes.io/name"     = "coder-workspace"
    "app.kubernetes.io/instance" = local.name
    "com.coder.workspace.id"     = data.coder_workspace.me.id
    "com.coder.user.id"          = data.coder_workspace_owner.me.id
  }
}

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
  arch = "amd64"
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
resource "kubernetes_persistent_volume_claim_v1" "home" {
  wait_until_bound = false # some storage classes bind only when a pod is there

  metadata {
    name      = "${local.name}-home"
    namespace = var.namespace
    labels    = local.labels
  }
  spec {
    access_modes = ["ReadWriteOnce"]
    resources {
      requests = { storage = var.home_size }
    }
  }
}

# The token is in a secret, because more users and programs may read the pod's specification.
resource "kubernetes_secret_v1" "agent" {
  count = data.coder_workspace.me.start_count

  metadata {
    name      = "${local.name}-agent"
    namespace = var.namespace
    labels    = local.labels
  }
  data = { token = coder_agent.main.token }
}

resource "kubernetes_deployment_v1" "workspace" {
  count            = data.coder_workspace.me.start_count
  wait_for_rollout = false # the agent's own life cycle tells when the workspace is ready

  metadata {
    name      = local.name
    namespace = var.namespace
    labels    = local.labels
  }
  spec {
    replicas = 1
    selector {
      match_labels = local.labels
    }
    strategy {
      type = "Recreate" # two pods could not share the home
    }
    template {
      metadata {
        labels = local.labels
        # A new token makes a new pod. Nobody can get the token from its checksum.
        annotations = { "com.coder.agent-token-sha256" = sha256(coder_agent.main.token) }
      }
      spec {
        security_context {
          run_as_user     = 1000
          fs_group        = 1000
          run_as_non_root = true
        }
        automount_service_account_token = false
        container {
          name    = "workspace"
          image   = var.image
          command = ["sh", "-c", coder_agent.main.init_script]
          env {
            name = "CODER_AGENT_TOKEN"
            value_from {
              secret_key_ref {
                # The name is written out: with a reference, Coder would show the agent beside the secret and not beside the machine.
                name = "${local.name}-agent"
                key  = "token"
              }
            }
          }
          volume_mount {
            name       = "home"
            mount_path = "/home/coder"
          }
        }
        volume {
          name = "home"
          persistent_volume_claim {
            claim_name = kubernetes_persistent_volume_claim_v1.home.metadata[0].name
          }
        }
      }
    }
  }
}
