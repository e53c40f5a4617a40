variable "agent_id" {}

variable "agent_firewall_config" {
  validation {
    condition     = yamldecode(var.agent_firewall_config).allowlist[0] == "domain=127.0.0.1"
    error_message = "The first rule must allow the deployment."
  }
}

output "agent_firewall_wrapper_path" {
  value = "$HOME/wrapper.sh"
}

output "agent_firewall_config_path" {
  value = "$HOME/config.yaml"
}
