variable "agent_id" {
  description = "The id of the coder_agent of the workspace."
  type        = string

  validation {
    condition     = var.agent_id != ""
    error_message = "The agent_id must be the id of the workspace's agent, such as coder_agent.main.id."
  }
}

variable "models" {
  description = "The models: a list of objects with the arguments of a model block of factory_custom_models. An empty list removes the models of earlier starts. Without models and catalog, the module takes the models that administrators chose, which needs Coder 2.36 or later. An api_key is \"$$${NAME}\", with NAME in secrets or a user secret."
  type        = any # a list(object) would drop unknown names silently
  default     = null

  validation {
    condition     = var.models == null ? true : can(concat(var.models, [])) && can([for m in var.models : keys(m)])
    error_message = "The models must be a list of objects, such as [{ model = \"gpt-5.2-codex\", provider = \"openai\" }]."
  }
  validation {
    condition = length(try(flatten([for m in var.models : setsubtract(keys(m), [
      "model", "provider", "name", "display_name", "gateway_provider", "api_key",
      "base_url", "max_output_tokens", "max_context_limit", "no_image_support", "enable_thinking",
      "thinking_max_tokens", "reasoning_effort", "extra_headers", "extra_args", "extra_fields",
    ])]), [])) == 0
    error_message = "A model has no argument ${join(", ", try(flatten([for i, m in var.models : [for name in setsubtract(keys(m), [
      "model", "provider", "name", "display_name", "gateway_provider", "api_key",
      "base_url", "max_output_tokens", "max_context_limit", "no_image_support", "enable_thinking",
      "thinking_max_tokens", "reasoning_effort", "extra_headers", "extra_args", "extra_fields",
    ]) : "${name} (models[${i}])"]]), []))}. Its arguments are those of a model block of factory_custom_models."
  }
  validation {
    condition     = alltrue([for m in try([for m in var.models : m], []) : try(m.model, null) != null])
    error_message = "Each of the models must have model, the id that is sent upstream."
  }
  validation {
    condition     = alltrue([for m in try([for m in var.models : m], []) : try(contains(["anthropic", "openai", "generic-chat-completion-api"], m.provider), false)])
    error_message = "Each model's provider must be its API format: anthropic, openai or generic-chat-completion-api. The name of a gateway provider belongs in gateway_provider."
  }
  validation {
    condition     = alltrue([for m in try([for m in var.models : m], []) : try(m.api_key, null) == null ? true : can(regex("^[$][{][A-Za-z_][A-Za-z0-9_]*[}]$", m.api_key))])
    error_message = "A model's api_key must be \"$$${NAME}\", because logs and states may show a key that is here: put the key into secrets as NAME, or let each user keep it as a user secret of that name."
  }
  validation {
    condition = alltrue(try(flatten([for m in var.models : [
      for name, value in try(m.extra_headers, null) == null ? {} : m.extra_headers :
      can(regex("[$][{][A-Za-z_][A-Za-z0-9_]*[}]", value)) || !can(regex("(?i)authorization|token|secret|password|api.?key", name))
    ]]), [true]))
    error_message = "A secret must not be in extra_headers, because logs and states may show it: put it into secrets, and write \"$$${NAME}\" here."
  }
}

variable "catalog" {
  description = "Takes the models that the deployment offers: an object with the arguments of the catalog block of factory_custom_models. {} takes all."
  type        = any # an object type would drop unknown names silently
  default     = null

  validation {
    condition     = var.catalog == null ? true : can(keys(var.catalog))
    error_message = "The catalog must be an object, such as { include = [\"claude-*\"] }."
  }
  validation {
    condition     = length(try(setsubtract(keys(var.catalog), ["source", "include", "exclude"]), [])) == 0
    error_message = "The catalog has no argument ${join(", ", try(setsubtract(keys(var.catalog), ["source", "include", "exclude"]), []))}. It takes source, include and exclude."
  }
  validation {
    condition     = contains(["coder", "upstream"], try(coalesce(var.catalog.source), "coder"))
    error_message = "The catalog's source must be coder, for the models that administrators chose, or upstream, for all that the vendors list."
  }
  validation {
    condition     = try(var.catalog.source, null) != "upstream" || try(length(var.catalog.include), 0) > 0
    error_message = "With source = \"upstream\", the catalog must have include: globs on the ids of the models to take, such as [\"claude-*\"]."
  }
}

variable "default_model" {
  description = "The name of the model that a new session starts with if the user has no default, or theirs was one of these and is gone."
  type        = string
  default     = null

  validation {
    condition     = var.default_model == null ? true : can(regex("^[!-~]+$", var.default_model))
    error_message = "The default_model must be the name of a model, without white space. Leave it out to let each user choose."
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
  description = "Previous namespaces of this module. Their entries are removed from the settings file."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for n in var.former_namespaces : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", n))])
    error_message = "Each of the former_namespaces must be what the namespace was: lower-case letters and digits, in words joined by single hyphens."
  }
}

variable "settings_path" {
  description = "Another settings file for merge or managed, absolute or below ~/."
  type        = string
  default     = null

  validation {
    condition     = var.settings_path == null ? true : can(regex("^(/|~/).*[^/]$", var.settings_path))
    error_message = "The settings_path must be a file's path that begins with / or ~/. Leave it out to use the usual one."
  }
}

variable "delivery" {
  description = "merge writes the models and the token into the user's settings file. managed writes a file of its own below the home, and system writes /etc/factory/settings.json as root; both without the token."
  type        = string
  default     = "merge"
  nullable    = false

  validation {
    condition     = contains(["merge", "managed", "system"], var.delivery)
    error_message = "The delivery must be merge, managed or system."
  }
}

variable "managed_settings" {
  description = "A JSON object with further settings for the file of managed or system."
  type        = string
  default     = null

  validation {
    condition     = var.managed_settings == null ? true : can(keys(jsondecode(var.managed_settings)))
    error_message = "The managed_settings must be a JSON object. Write it as jsonencode({ cloudSessionSync = false })."
  }
}

variable "gateway_only" {
  description = "Whether Droid blocks every custom model that is not reached through the gateway. Needs delivery = managed or system."
  type        = bool
  default     = false
  nullable    = false
}

variable "token_scope" {
  description = "session gives Droid the session token. gateway makes a token at each start that can use the AI Gateway and almost nothing else."
  type        = string
  default     = "session"
  nullable    = false

  validation {
    condition     = contains(["session", "gateway"], var.token_scope)
    error_message = "The token_scope must be session or gateway."
  }
}

variable "token_lifetime" {
  description = "How long the token of token_scope = gateway works, such as 24h. Defaults to a week."
  type        = string
  default     = null

  validation {
    condition     = var.token_lifetime == null ? true : can(regex("^([0-9]+(h|m|s))+$", var.token_lifetime))
    error_message = "The token_lifetime must be a duration in hours, minutes or seconds, such as 24h or 1h30m."
  }
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
    error_message = "The install_url must not hold a password, because everyone who can see the workspace's log could read it. Let the mirror trust the workspace's network, or put Droid into the image."
  }
}

variable "npm_registry" {
  description = "The address of npm's registry, or of a mirror of it. Without it, npm uses its own configuration."
  type        = string
  default     = null

  validation {
    condition     = var.npm_registry == null ? true : can(regex("^https?://[^/\\s@]+(/\\S*)?$", var.npm_registry))
    error_message = "The npm_registry must be an address without a password that begins with https:// or http://. A token for it belongs in the image's .npmrc."
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

variable "resume_session" {
  description = "Whether the button and the command droid-session come back to the session that is there: in tmux or screen, if the image has one of them, and otherwise by continuing the last conversation in the folder."
  type        = bool
  default     = true
  nullable    = false
}

variable "ai_prompt" {
  description = "The first prompt of a session that is new. The interactive Droid needs a login, so without one use `droid exec` in a script of your own."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.ai_prompt) <= 16384
    error_message = "The ai_prompt must be at most 16 KiB, because the agent passes all of the script as one argument. Put a longer one into a file, and name the file in the prompt."
  }
}

variable "system_prompt" {
  description = "What the sessions add to Droid's system prompt. Droid itself also reads AGENTS.md in the workdir."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.system_prompt) <= 16384
    error_message = "The system_prompt must be at most 16 KiB, because the agent passes all of the script as one argument. Put a longer one into AGENTS.md."
  }
}

variable "autonomy_level" {
  description = "What Droid may do in the sessions without asking: low, medium or high. Without it, the user's own setting decides."
  type        = string
  default     = null

  validation {
    condition     = var.autonomy_level == null ? true : contains(["low", "medium", "high"], var.autonomy_level)
    error_message = "The autonomy_level must be low, medium or high. Leave it out to let each user choose."
  }
}

variable "session_wrapper" {
  description = "The command that runs Droid in the sessions, such as Agent Firewall's, as a shell reads it. It gets droid and its arguments."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[^\\r\\n]*$", var.session_wrapper))
    error_message = "The session_wrapper must be one line, such as \"firejail --\"."
  }
}

variable "mcp_servers" {
  description = "MCP servers for Droid, by name: either command and args, or url with the type http or sse. Write a secret in env or headers as \"$$${NAME}\", with NAME in secrets: Droid replaces it. A user's own server of the same name stays."
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
    error_message = "A secret must not be in mcp_servers, because logs show it: put it into secrets, and write \"$$${NAME}\" here."
  }
}

variable "secrets" {
  description = "Variables with secrets for Droid and its MCP servers, such as FACTORY_API_KEY. They are in the workspace's environment, in no script and no file. The module's scripts don't get them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Each name in secrets must be that of a variable: letters, digits and underscores, and no digit in front."
  }
  validation {
    condition     = alltrue([for name in keys(var.secrets) : !startswith(name, "FACTORY_CUSTOM_MODELS_") && !contains(["HOME", "PATH", "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"], name)])
    error_message = "The secrets must not hold HOME, PATH or a variable of this module, whose names begin with FACTORY_CUSTOM_MODELS_."
  }

  sensitive = true
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
  description = "Whether a login waits for the models and the installation. Otherwise a user who logs in quickly may get the previous token."
  type        = bool
  default     = true
  nullable    = false
}

variable "cli_app" {
  description = "Whether the dashboard has a button that opens Droid in a terminal."
  type        = bool
  default     = true
  nullable    = false
}

variable "cli_app_display_name" {
  description = "The name of the button. Defaults to Droid, with the namespace if that is another one than coder."
  type        = string
  default     = null

  validation {
    condition     = var.cli_app_display_name == null ? true : trimspace(var.cli_app_display_name) != "" && length(var.cli_app_display_name) <= 64
    error_message = "The cli_app_display_name must have 1 to 64 characters. Leave it out to use the module's own."
  }
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
  default     = "/icon/droid.svg"
  nullable    = false

  validation {
    condition     = can(regex("^(/|https?://)", var.icon))
    error_message = "The icon must be one of Coder's own, such as /icon/terminal.svg, or the address of one."
  }
}
