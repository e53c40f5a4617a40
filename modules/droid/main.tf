terraform {
  required_version = ">= 1.3" # optional() in mcp_servers

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
  models = try([for m in var.models : m], []) # not coalesce, which makes one type of all elements
}

resource "factory_custom_models" "droid" {
  default_model     = var.default_model
  namespace         = var.namespace
  former_namespaces = var.former_namespaces
  delivery          = var.delivery
  settings_path     = var.settings_path
  managed_settings  = var.managed_settings
  gateway_only      = var.gateway_only
  token_scope       = var.token_scope
  token_lifetime    = var.token_lifetime

  dynamic "model" {
    for_each = local.models
    content {
      model               = model.value.model
      provider            = model.value.provider
      name                = try(model.value.name, null)
      display_name        = try(model.value.display_name, null)
      gateway_provider    = try(model.value.gateway_provider, null)
      api_key             = try(model.value.api_key, null)
      base_url            = try(model.value.base_url, null)
      max_output_tokens   = try(model.value.max_output_tokens, null)
      max_context_limit   = try(model.value.max_context_limit, null)
      no_image_support    = try(model.value.no_image_support, null)
      enable_thinking     = try(model.value.enable_thinking, null)
      thinking_max_tokens = try(model.value.thinking_max_tokens, null)
      reasoning_effort    = try(model.value.reasoning_effort, null)
      # Droid expands a variable in api_key alone, so the secrets are put into headers here.
      extra_headers = try(model.value.extra_headers, null) == null ? null : {
        for name, value in model.value.extra_headers : name => join("", [
          for part in regexall("[$][{]\\w+[}]|[$]|[^$]+", value) : startswith(part, "$${") ? lookup(var.secrets, trim(part, "$${}"), part) : part
        ])
      }
      extra_args   = try(model.value.extra_args, null)
      extra_fields = try(model.value.extra_fields, null)
    }
  }

  dynamic "catalog" {
    for_each = concat(var.catalog[*], var.models == null && var.catalog == null ? [{}] : [])
    content {
      source  = try(catalog.value.source, null)
      include = try(catalog.value.include, null)
      exclude = try(catalog.value.exclude, null)
    }
  }
}

locals {
  # Two modules on one agent have different namespaces, and so different names.
  name         = var.namespace == "coder" ? "droid" : "droid-${var.namespace}"
  display_name = var.namespace == "coder" ? "Droid" : "Droid (${var.namespace})"
  # The folder's form is the one that modules of Coder's registry have.
  folder    = ".coder-modules/coder/${local.name}"
  sync_name = "coder-${local.name}-install_script"

  # The maps are sensitive; the names in them are no secrets.
  variables = nonsensitive(keys(factory_custom_models.droid.env))
  secrets   = nonsensitive(keys(var.secrets))

  # The programs in npm's packages of the default release, for the platforms that were looked at.
  pinned = var.droid_version == "0.225.2" && var.install_url == null ? {
    "linux-x64"          = "f9635d02eaa40db56138acbc439d45d8b337d36826ce4e4b29095d2bbaf3a23b"
    "linux-x64-baseline" = "ee28e37b7bfe18e32b29387144514ccee15355c48f2635c0915125f75a1e6a79"
  } : {}
  checksums = length(var.checksums) > 0 ? var.checksums : local.pinned
  insecure  = var.install_url == null ? false : startswith(var.install_url, "http://")

  in_headers = flatten([for m in local.models : [for value in try(values(m.extra_headers), []) : regexall("[$][{](\\w+)[}]", value)]])
  missing    = setsubtract(local.in_headers, local.secrets)

  # Between single quotes a shell takes every character as it is; the quote itself goes outside.
  servers = {
    for name, server in var.mcp_servers : name => {
      checksum = substr(sha256(jsonencode(server)), 0, 16)
      arguments = join(" ", [
        for word in concat(
          ["--type", server.url == null ? "stdio" : server.type],
          flatten([for key, value in server.env : ["--env", "${key}=${value}"]]),
          flatten([for key, value in server.headers : ["--header", "${key}: ${value}"]]),
          ["--", server.url == null ? server.command : server.url],
          server.args,
        ) : "'${replace(word, "'", "'\\''")}'"
      ])
    }
  }
  # A tilde is the home; the script replaces it.
  quoted = {
    for name, value in {
      before   = var.pre_install_script
      after    = var.post_install_script
      prompt   = var.ai_prompt
      system   = var.system_prompt
      registry = var.npm_registry == null ? "" : var.npm_registry
      url      = var.install_url == null ? "" : var.install_url
      version  = var.droid_version
      workdir  = var.workdir
    } : name => "'${replace(value, "'", "'\\''")}'"
  }
}

resource "coder_env" "models" {
  for_each = toset(local.variables)
  agent_id = var.agent_id
  name     = each.key
  value    = factory_custom_models.droid.env[each.key]
}

resource "coder_env" "secrets" {
  for_each = toset(local.secrets)
  agent_id = var.agent_id
  name     = each.key
  value    = var.secrets[each.key]
}

resource "coder_script" "droid" {
  agent_id           = var.agent_id
  display_name       = local.display_name
  icon               = var.icon
  run_on_start       = true
  start_blocks_login = var.start_blocks_login
  script = templatefile("${path.module}/scripts/run.sh.tftpl", {
    name      = local.name
    folder    = local.folder
    sync_name = local.sync_name
    variables = join(" ", concat(local.variables, local.secrets))
    settings  = factory_custom_models.droid.script
    workdir   = local.quoted.workdir
    before    = local.quoted.before
    after     = local.quoted.after
    session = templatefile("${path.module}/scripts/session.sh.tftpl", {
      name    = local.name
      folder  = local.folder
      workdir = local.quoted.workdir
      resume  = var.resume_session
      wrapper = var.session_wrapper
      prompt  = var.ai_prompt == "" ? "" : local.quoted.prompt
      options = join(" ", compact([
        var.autonomy_level == null ? "" : "--auto ${var.autonomy_level}",
        var.system_prompt == "" ? "" : "--append-system-prompt ${local.quoted.system}",
      ]))
    })
    servers = templatefile("${path.module}/scripts/mcp.sh.tftpl", { servers = local.servers })
    install = !var.install_droid ? "" : templatefile("${path.module}/scripts/install.sh.tftpl", {
      version   = local.quoted.version
      url       = local.quoted.url
      registry  = local.quoted.registry
      checksums = local.checksums
      strict    = length(var.checksums) > 0
    })
  })

  lifecycle {
    precondition {
      condition     = !local.insecure || length(var.checksums) > 0
      error_message = "The install_url begins with http://, so others on the network could change the program: use https://, or set checksums."
    }
    precondition {
      condition     = length(local.missing) == 0
      error_message = "The extra_headers name variables that secrets does not have: ${join(", ", local.missing)}. Droid expands none in a header, so only the module can put them in."
    }
  }
}

resource "coder_app" "droid" {
  count        = var.cli_app ? 1 : 0
  agent_id     = var.agent_id
  slug         = local.name
  display_name = coalesce(var.cli_app_display_name, local.display_name)
  icon         = var.icon
  command      = "$HOME/${local.folder}/scripts/session.sh"
  order        = var.order
  group        = var.group
}

# Without this, the dashboard shows the resource as a card with nothing on it.
resource "coder_metadata" "droid" {
  resource_id = factory_custom_models.droid.id
  hide        = true
}
