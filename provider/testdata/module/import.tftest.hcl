# In the environment of a template's import, which has no token and no workspace.

variables {
  agent_id = "7f0e6f39-5ab1-4ad9-8ae1-6d5f1e0f6e10"
  models   = [{ model = "claude-sonnet-4-5-20250929", provider = "anthropic" }]
}

run "plan" {
  command = plan

  assert {
    condition     = keys(coder_env.models) == ["FACTORY_CUSTOM_MODELS_CODER"]
    error_message = "The variable's name must be known at plan."
  }
}
