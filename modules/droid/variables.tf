variable "agent_id" {
  description = "The id of the coder_agent of the workspace."
  type        = string

  validation {
    condition     = var.agent_id != ""
    error_message = "The agent_id must be the id of the workspace's agent, such as coder_agent.main.id."
  }
}

variable "models" {
  description = "The models, as in factory_custom_models. An empty list removes the models written before. Without models and catalog, the module takes the deployment's catalogue."
  type = list(object({
    model               = string
    provider            = string
    name                = optional(string)
    display_name        = optional(string)
    gateway_provider    = optional(string)
    api_key             = optional(string)
    base_url            = optional(string)
    max_output_tokens   = optional(number)
    max_context_limit   = optional(number)
    no_image_support    = optional(bool)
    enable_thinking     = optional(bool)
    thinking_max_tokens = optional(number)
    reasoning_effort    = optional(string)
    extra_headers       = optional(map(string))
    extra_args          = optional(string)
    extra_fields        = optional(string)
  }))
  default = null

  validation {
    condition     = alltrue([for m in coalesce(var.models, []) : contains(["anthropic", "openai", "generic-chat-completion-api"], m.provider)])
    error_message = "Each model's provider must be the protocol that Droid speaks with it: anthropic, openai or generic-chat-completion-api. The name of a gateway provider belongs into gateway_provider."
  }
}

variable "catalog" {
  description = "Takes the models that the deployment offers, as in factory_custom_models."
  type = object({
    source  = optional(string)
    include = optional(list(string))
    exclude = optional(list(string))
  })
  default = null

  validation {
    condition     = try(var.catalog.source, null) == null ? true : contains(["coder", "upstream"], var.catalog.source)
    error_message = "The catalog's source must be coder, for the models that the administrators chose, or upstream, for all that the vendors list."
  }

  validation {
    condition     = try(var.catalog.source, null) == "upstream" ? length(coalesce(var.catalog.include, [])) > 0 : true
    error_message = "With source = \"upstream\", the catalog must have include: globs on the ids of the models to take, such as [\"claude-*\"]."
  }
}

variable "default_model" {
  description = "The name of the model that a new session starts with if the person has chosen none."
  type        = string
  default     = null

  validation {
    condition     = var.default_model == null ? true : can(regex("^[!-~]+$", var.default_model))
    error_message = "The default_model must be the name of a model, without white space. Leave it out to let each person choose."
  }
}

variable "namespace" {
  description = "What Droid's ids begin with after custom:. Give two of these modules on one agent different namespaces."
  type        = string
  default     = "coder"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.namespace)) && length(var.namespace) <= 26
    error_message = "The namespace must be lower-case letters and digits, in words joined by single hyphens, at most 26 characters, because it is also in the address of the button."
  }
}

variable "former_namespaces" {
  description = "Namespaces that this module had before. Their entries are removed from the settings file."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for n in var.former_namespaces : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", n))])
    error_message = "Each of the former_namespaces must be what the namespace was: lower-case letters and digits, in words joined by single hyphens."
  }
}

variable "settings_path" {
  description = "The settings file in the workspace, absolute or below ~/. Defaults to the usual one of the delivery."
  type        = string
  default     = null

  validation {
    condition     = var.settings_path == null ? true : can(regex("^(/|~/).*[^/]$", var.settings_path))
    error_message = "The settings_path must be a file's path that begins with / or ~/. Leave it out to use the usual one."
  }
}

variable "delivery" {
  description = "merge writes the models and the token into the person's settings file, managed into a file of their own, without the token."
  type        = string
  default     = "merge"
  nullable    = false

  validation {
    condition     = contains(["merge", "managed"], var.delivery)
    error_message = "The delivery must be merge, to write into the person's settings file, or managed, to write into a file of its own."
  }
}

variable "managed_settings" {
  description = "A JSON object with further settings for the managed file."
  type        = string
  default     = null

  validation {
    condition     = var.managed_settings == null ? true : can(keys(jsondecode(var.managed_settings)))
    error_message = "The managed_settings must be a JSON object. Write it as jsonencode({ cloudSessionSync = false })."
  }
}

variable "gateway_only" {
  description = "Whether Droid blocks every custom model that is not reached through the gateway. Needs delivery = managed."
  type        = bool
  default     = false
  nullable    = false
}

variable "install_droid" {
  description = "Whether to install Droid if the workspace has none. Without it, the image must have Droid."
  type        = bool
  default     = true
  nullable    = false
}

variable "droid_version" {
  description = "The release of Droid to install."
  type        = string
  default     = "0.225.2"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$", var.droid_version))
    error_message = "The droid_version must be one release, such as 0.225.2: not a range, and not a tag."
  }
}

variable "install_url" {
  description = "Where Droid comes from, if not from npm: the address of the program, or of a .tgz that holds it, at https://, http:// or file://. {version}, {os} (linux or darwin) and {arch} (x64, x64-baseline or arm64) are replaced."
  type        = string
  default     = null

  validation {
    condition     = var.install_url == null ? true : can(regex("^(https?://[^/\\s]+/|file:///)\\S+$", var.install_url))
    error_message = "The install_url must be an address without white space that begins with https://, http:// or file:///."
  }
  validation {
    condition     = var.install_url == null ? true : !can(regex("^[a-z]+://[^/]*@", var.install_url))
    error_message = "The install_url must not hold a password, because everybody who can see the workspace's log could read it. Let the mirror trust the workspace's network, or put Droid into the image."
  }
}

variable "npm_registry" {
  description = "The address of npm's registry, or of a mirror of it. Without it, npm uses its own configuration."
  type        = string
  default     = null

  validation {
    condition     = var.npm_registry == null ? true : can(regex("^https?://[^/\\s@]+(/\\S*)?$", var.npm_registry))
    error_message = "The npm_registry must be an address without a password that begins with https:// or http://. A token for it belongs into the image's .npmrc."
  }
}

variable "checksums" {
  description = "The SHA-256 of the program droid for each platform: linux-x64, linux-x64-baseline (without AVX2), linux-arm64, darwin-x64, darwin-arm64. A program with another one is not installed. Without it, the module knows those of its default release from npm."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for p in keys(var.checksums) : contains(["linux-x64", "linux-x64-baseline", "linux-arm64", "darwin-x64", "darwin-arm64"], p)])
    error_message = "The keys of checksums must be platforms: linux-x64, linux-x64-baseline, linux-arm64, darwin-x64 or darwin-arm64."
  }
  validation {
    condition     = alltrue([for sum in values(var.checksums) : can(regex("^[0-9a-fA-F]{64}$", sum))])
    error_message = "Each of the checksums must be a SHA-256 of 64 hexadecimal digits, as `sha256sum droid` prints it."
  }
}

variable "workdir" {
  description = "The folder in which the button opens Droid, absolute or below ~/. It is made if it is not there."
  type        = string
  default     = "~"
  nullable    = false

  validation {
    condition     = can(regex("^(~|~/.+|/.*)$", var.workdir)) && !can(regex("[\\r\\n]", var.workdir))
    error_message = "The workdir must be a path that begins with / or ~/, such as ~/project."
  }
}

variable "session" {
  description = "How the button and the command droid-session come back to a session: in tmux or screen, where it goes on while nobody looks; by resume, Droid's own, which continues the last conversation of the folder; or new, not at all. auto takes the first of tmux, screen and resume that the workspace has."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(["auto", "tmux", "screen", "resume", "new"], var.session)
    error_message = "The session must be auto, tmux, screen, resume or new."
  }
}

variable "mcp_servers" {
  description = "MCP servers for Droid, by name: either command and args, or url with the type http or sse. Write a secret in env or headers as $${NAME}, with NAME in secrets: Droid replaces it. A server that the person has under the same name stays."
  type = map(object({
    command = optional(string)
    args    = optional(list(string), [])
    env     = optional(map(string), {})
    url     = optional(string)
    type    = optional(string, "http")
    headers = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.mcp_servers) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", name))])
    error_message = "The name of each of the mcp_servers must be letters, digits, hyphens and underscores."
  }
  validation {
    condition     = alltrue([for s in values(var.mcp_servers) : (s.command == null) != (s.url == null) && (s.url != null || length(s.headers) == 0) && (s.command != null || length(s.args) + length(s.env) == 0)])
    error_message = "Each of the mcp_servers must have either command, with args and env, or url, with headers."
  }
  validation {
    condition     = alltrue([for s in values(var.mcp_servers) : contains(["http", "sse"], s.type) && (s.url == null ? true : can(regex("^https?://\\S+$", s.url)))])
    error_message = "The url of each of the mcp_servers must begin with https:// or http://, and its type must be http or sse."
  }
  validation {
    condition = alltrue(flatten([for s in values(var.mcp_servers) : [
      for name, value in merge(s.env, s.headers) : can(regex("[$][{]", value)) || !can(regex("(?i)authorization|token|secret|password|api.?key", name))
    ]]))
    error_message = "A secret must not be in mcp_servers, because logs show it: put it into secrets, and write $${NAME} here."
  }
}

variable "secrets" {
  description = "Variables with secrets for Droid and its MCP servers, such as FACTORY_API_KEY. They are in the workspace's environment, in no script and no file. The module's scripts don't get them."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Each name in secrets must be that of a variable: letters, digits and underscores, and no digit in front."
  }
  validation {
    condition     = alltrue([for name in keys(var.secrets) : !startswith(name, "FACTORY_CUSTOM_MODELS_") && !contains(["HOME", "PATH", "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"], name)])
    error_message = "The secrets must not hold HOME, PATH or a variable of this module, whose names begin with FACTORY_CUSTOM_MODELS_."
  }
}

variable "pre_install_script" {
  description = "A script that runs before everything else, by its own shebang or by sh. Logs show it, so put no secret in it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.pre_install_script) <= 32768
    error_message = "The pre_install_script must be at most 32 KiB, because the agent passes all of the script as one argument. Put a longer one into the image."
  }
}

variable "post_install_script" {
  description = "A script that runs after everything else, by its own shebang or by sh. Logs show it, so put no secret in it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.post_install_script) <= 32768
    error_message = "The post_install_script must be at most 32 KiB, because the agent passes all of the script as one argument. Put a longer one into the image."
  }
}

variable "start_blocks_login" {
  description = "Whether a login waits for the models and the installation. Otherwise a person who logs in quickly may get the token of the last start."
  type        = bool
  default     = true
  nullable    = false
}

variable "app" {
  description = "Whether the dashboard has a button that opens Droid in a terminal."
  type        = bool
  default     = true
  nullable    = false
}

variable "order" {
  description = "The place of the button among the others. The lowest number comes first."
  type        = number
  default     = null

  validation {
    condition     = var.order == null ? true : var.order == floor(var.order)
    error_message = "The order must be a whole number."
  }
}

variable "group" {
  description = "The group that the button belongs to."
  type        = string
  default     = null

  validation {
    condition     = var.group == null ? true : trimspace(var.group) != ""
    error_message = "The group must have a name. Leave it out to put the button beside those without a group."
  }
}

variable "icon" {
  description = "The icon of the button and of the script."
  type        = string
  default     = "/icon/terminal.svg"
  nullable    = false

  validation {
    condition     = can(regex("^(/|https?://)", var.icon))
    error_message = "The icon must be one of Coder's own, such as /icon/terminal.svg, or the address of one."
  }
}

variable "card" {
  description = "Whether the dashboard shows the models as a card: show; hide; or none, if the template has a coder_metadata of its own for the output resource_id."
  type        = string
  default     = "show"
  nullable    = false

  validation {
    condition     = contains(["show", "hide", "none"], var.card)
    error_message = "The card must be show, hide or none."
  }
}
