provider "factory" {
  headers = { X-Proxy = "proxy-secret" }
}

resource "factory_custom_models" "droid" {
  model {
    model    = "claude"
    provider = "anthropic"
  }
  model {
    model         = "gpt"
    provider      = "openai"
    api_key       = "sk-personal"
    extra_headers = { X-Vendor = "header-secret" }
  }
}

output "script" {
  value = factory_custom_models.droid.script
}
