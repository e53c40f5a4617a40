terraform {
  required_version = ">= 1.3" # optional() in models

  required_providers {
    coder = {
      source  = "coder/coder"
      version = ">= 2.5" # coder_app.group
    }
    factory = {
      source = "coder/factory"
    }
  }
}

locals {
  everything = { source = null, include = null, exclude = null }
}

resource "factory_custom_models" "droid" {
  models            = var.models
  catalog           = var.catalog == null && var.models == null ? local.everything : var.catalog
  default_model     = var.default_model
  namespace         = var.namespace
  former_namespaces = var.former_namespaces
  settings_path     = var.settings_path
  delivery          = var.delivery
  managed_settings  = var.managed_settings
  gateway_only      = var.gateway_only
}

locals {
  # The map env is sensitive; the names in it are no secrets.
  variables = nonsensitive(keys(factory_custom_models.droid.env))
}

resource "coder_env" "models" {
  for_each = toset(local.variables)
  agent_id = var.agent_id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}

resource "coder_script" "droid" {
  agent_id           = var.agent_id
  display_name       = "Droid"
  icon               = var.icon
  run_on_start       = true
  start_blocks_login = var.start_blocks_login
  script = templatefile("${path.module}/run.sh.tftpl", {
    variables = join(" ", local.variables)
    settings  = factory_custom_models.droid.script
    install   = var.install_droid
    # Between single quotes a shell takes every character as it is; the quote itself goes outside.
    version = "'${replace(var.droid_version, "'", "'\\''")}'"
    before  = "'${replace(var.pre_install_script, "'", "'\\''")}'"
    after   = "'${replace(var.post_install_script, "'", "'\\''")}'"
  })
}

resource "coder_app" "droid" {
  count        = var.app ? 1 : 0
  agent_id     = var.agent_id
  slug         = var.namespace == "coder" ? "droid" : "droid-${var.namespace}"
  display_name = "Droid"
  icon         = var.icon
  command      = "droid"
  order        = var.order
  group        = var.group
}
