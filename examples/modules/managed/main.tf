# A policy, MCP servers and a folder to work in. The token is in no file below the home.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

variable "linear_token" {
  description = "The token for Linear's MCP server."
  type        = string
  default     = ""
  sensitive   = true
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

# In your own template, copy the module's folder and write its path here.
module "droid" {
  source           = "../../../modules/droid"
  agent_id         = coder_agent.main.id
  delivery         = "managed"
  gateway_only     = true
  managed_settings = jsonencode({ cloudSessionSync = false })
  workdir          = "~/project"

  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", max_output_tokens = 32000 },
  ]

  # Droid puts the variable in when it calls the server.
  secrets = { LINEAR_TOKEN = var.linear_token }
  mcp_servers = {
    linear = { url = "https://mcp.linear.app/mcp", headers = { Authorization = "Bearer $${LINEAR_TOKEN}" } }
    files  = { command = "npx", args = ["-y", "@modelcontextprotocol/server-filesystem", "/srv"] }
  }
}
