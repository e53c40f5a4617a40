resource "factory_custom_models" "droid" {
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    display_name      = "Claude (Coder AI Bridge)"
    max_output_tokens = 8192
  }
  model {
    model             = "gpt-5.2-codex"
    provider          = "openai"
    display_name      = "GPT (Coder AI Bridge)"
    max_output_tokens = 16384
  }
}
