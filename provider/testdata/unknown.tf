# Values that depend on another resource, and so are not known at plan.

resource "terraform_data" "later" {
  input = {
    text         = "later"
    none         = ""
    number       = 7
    yes          = true
    json         = "{\"a\":1}"
    kind         = "anthropic"
    effort       = "low"
    path         = "~/later.json"
    headers      = { X-A = "b" }
    list         = ["x", "y"]
    delivery     = "managed"
    scope        = "session"
    verification = "require"
  }
}

locals {
  later = terraform_data.later.output
}

variable "deployment" {}

# The last step sets it: then a name that was not set is not known.
variable "renamed" { default = false }

resource "terraform_data" "name" {
  input            = "renamed"
  triggers_replace = var.renamed
}

provider "factory" {
  access_url    = "${var.deployment}${local.later.none}"
  session_token = local.later.text
  gateway_url   = "https://${local.later.text}"
  verification  = local.later.verification
  headers       = { X-A = local.later.text }
}

resource "factory_custom_models" "known" {
  model {
    model        = "claude"
    provider     = "anthropic"
    display_name = var.renamed ? terraform_data.name.output : null
  }
}

resource "factory_custom_models" "models" {
  model {
    model    = local.later.text
    provider = local.later.kind
  }
  model {
    model               = "m m"
    provider            = "openai"
    name                = "${local.later.text}-2"
    display_name        = local.later.text
    gateway_provider    = local.later.text
    api_key             = local.later.text
    max_output_tokens   = local.later.number
    max_context_limit   = local.later.number
    no_image_support    = local.later.yes
    enable_thinking     = local.later.yes
    thinking_max_tokens = local.later.number
    reasoning_effort    = local.later.effort
    extra_headers       = local.later.headers
    extra_args          = local.later.json
    extra_fields        = local.later.json
  }
  model {
    model         = "n"
    provider      = "openai"
    base_url      = "https://${local.later.text}.example.com/v1"
    extra_headers = { X-A = local.later.text }
  }
  dynamic "model" {
    for_each = local.later.list
    content {
      model    = model.value
      provider = "openai"
    }
  }
  default_model     = local.later.text
  namespace         = local.later.text
  former_namespaces = [local.later.effort]
}

resource "factory_custom_models" "managed" {
  model {
    model    = "m"
    provider = "openai"
  }
  delivery         = local.later.delivery
  settings_path    = local.later.path
  token_scope      = local.later.scope
  gateway_only     = local.later.yes
  managed_settings = local.later.json
}

resource "factory_custom_models" "catalog" {
  catalog {
    include = [local.later.text, "*"]
  }
}
