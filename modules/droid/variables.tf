variable "agent_id" {
  description = "The id of the coder_agent of the workspace."
  type        = string
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
}

variable "catalog" {
  description = "Takes the models that the deployment offers, as in factory_custom_models."
  type = object({
    source  = optional(string)
    include = optional(list(string))
    exclude = optional(list(string))
  })
  default = null
}

variable "default_model" {
  description = "The name of the model that a new session starts with if the person has chosen none."
  type        = string
  default     = null
}

variable "namespace" {
  description = "What Droid's ids begin with after custom:. Give two of these modules on one agent different namespaces."
  type        = string
  default     = "coder"
  nullable    = false
}

variable "former_namespaces" {
  description = "Namespaces that this module had before. Their entries are removed from the settings file."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "settings_path" {
  description = "The settings file in the workspace, absolute or below ~/. Defaults to the usual one of the delivery."
  type        = string
  default     = null
}

variable "delivery" {
  description = "merge writes the models and the token into the person's settings file, managed into a file of their own, without the token."
  type        = string
  default     = "merge"
  nullable    = false
}

variable "managed_settings" {
  description = "A JSON object with further settings for the managed file."
  type        = string
  default     = null
}

variable "gateway_only" {
  description = "Whether Droid blocks every custom model that is not reached through the gateway. Needs delivery = managed."
  type        = bool
  default     = false
  nullable    = false
}

variable "install_droid" {
  description = "Whether to install Droid with npm if the workspace has none."
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

variable "pre_install_script" {
  description = "A script that runs before everything else, by its own shebang or by sh. Logs show it, so put no secret in it."
  type        = string
  default     = ""
  nullable    = false
}

variable "post_install_script" {
  description = "A script that runs after everything else, by its own shebang or by sh. Logs show it, so put no secret in it."
  type        = string
  default     = ""
  nullable    = false
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
}

variable "group" {
  description = "The group that the button belongs to."
  type        = string
  default     = null
}

variable "icon" {
  description = "The icon of the button and of the script."
  type        = string
  default     = "/icon/terminal.svg"
  nullable    = false
}
