terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
    openstack = {
      source = "terraform-provider-openstack/openstack"
    }
  }
}

variable "image" {
  description = "The name of an image with cloud-init and systemd."
  type        = string
  default     = "ubuntu-24.04"
}

variable "flavor" {
  description = "The name of the flavor of the machines."
  type        = string
  default     = "m1.medium"
}

variable "network" {
  description = "The name of a network from which the deployment's access URL is reachable."
  type        = string
  default     = "private"
}

variable "home_size" {
  description = "The size of a home, in GiB."
  type        = number
  default     = 20
}

# The cloud and its credentials come from clouds.yaml or the OS_ variables on the provisioner's machine.
provider "openstack" {}

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

locals {
  name = "coder-${data.coder_workspace.me.id}"
  # Where the machine finds the volume.
  device = "/dev/disk/by-id/virtio-${substr(openstack_blockstorage_volume_v3.home.id, 0, 20)}"
  unit   = <<-EOT
    [Unit]
    Description=Coder agent
    Wants=network-online.target
    After=network-online.target
    RequiresMountsFor=/home/coder

    [Service]
    User=coder
    EnvironmentFile=/etc/coder-agent.env
    ExecStart=/usr/local/bin/coder-agent
    Restart=always
    RestartSec=10
    KillMode=process

    [Install]
    WantedBy=multi-user.target
  EOT
  cloud_config = {
    users = [{
      name           = "coder"
      uid            = "1000" # owns the files in the home, whatever the image
      shell          = "/bin/bash"
      sudo           = "ALL=(ALL) NOPASSWD:ALL"
      no_create_home = true
    }]
    write_files = [
      {
        path        = "/usr/local/bin/coder-agent"
        permissions = "0755"
        encoding    = "b64"
        content     = base64encode(coder_agent.main.init_script)
      },
      {
        path        = "/etc/systemd/system/coder-agent.service"
        permissions = "0644"
        content     = local.unit
      },
      { # a file of its own, because every user of the machine may read the unit
        path        = "/etc/coder-agent.env"
        permissions = "0600"
        content     = "CODER_AGENT_TOKEN=${coder_agent.main.token}\n"
      },
    ]
    runcmd = [
      # The volume is attached while the machine boots. systemd waits for it, and makes a file system if there is none.
      "echo '${local.device} /home/coder ext4 x-systemd.makefs,x-systemd.device-timeout=5min 0 2' >> /etc/fstab",
      "systemctl daemon-reload",
      "systemctl start home-coder.mount && chown coder:coder /home/coder && systemctl enable --now coder-agent",
    ]
  }
}

# The home stays when the workspace stops.
resource "openstack_blockstorage_volume_v3" "home" {
  name = "${local.name}-home"
  size = var.home_size
}

resource "openstack_compute_instance_v2" "workspace" {
  count       = data.coder_workspace.me.start_count
  name        = local.name
  image_name  = var.image
  flavor_name = var.flavor
  user_data   = "#cloud-config\n${yamlencode(local.cloud_config)}"
  metadata = {
    coder_workspace_id = data.coder_workspace.me.id
    coder_user_id      = data.coder_workspace_owner.me.id
  }

  network {
    name = var.network
  }
}

resource "openstack_compute_volume_attach_v2" "home" {
  count       = data.coder_workspace.me.start_count
  instance_id = openstack_compute_instance_v2.workspace[0].id
  volume_id   = openstack_blockstorage_volume_v3.home.id
}
