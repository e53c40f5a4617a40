# In the environment of a stop, which has no token.

variables {
  agent_id = "7f0e6f39-5ab1-4ad9-8ae1-6d5f1e0f6e10"
  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic" },
    { model = "qwen", provider = "generic-chat-completion-api", base_url = "http://127.0.0.1:11434/v1" },
  ]
}

run "apply" {
  assert {
    condition     = nonsensitive([for m in jsondecode(factory_custom_models.droid.settings_json).customModels : m.id]) == ["custom:coder/qwen"]
    error_message = "Without a token only the models outside the gateway must be written."
  }
  assert {
    condition     = nonsensitive(length(coder_env.models["FACTORY_CUSTOM_MODELS_CODER"].value)) > 0
    error_message = "An empty variable would be unset by the agent."
  }
}
