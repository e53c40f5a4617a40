# With a token, and without a deployment.

provider "factory" {
  access_url    = "https://coder.example.com"
  session_token = "session-token"
  verification  = "skip"
}

variables {
  agent_id = "7f0e6f39-5ab1-4ad9-8ae1-6d5f1e0f6e10"
  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic", name = "claude", max_output_tokens = 32000 },
    { model = "gpt-5.2-codex", provider = "openai", api_key = "$${OPENAI_API_KEY}", extra_headers = { X-Team = "blue" } },
  ]
  default_model = "claude"
}

run "plan" {
  command = plan

  assert {
    condition     = keys(coder_env.models) == ["FACTORY_CUSTOM_MODELS_CODER"]
    error_message = "The variable's name must be known at plan."
  }
  assert {
    condition     = coder_script.droid.run_on_start && coder_script.droid.start_blocks_login
    error_message = "The script must run at a start, before a login."
  }
  assert {
    condition     = output.default_model_id == "custom:coder/claude"
    error_message = "The id of the default model must be known at plan."
  }
}

run "apply" {
  assert {
    condition     = strcontains(coder_script.droid.script, factory_custom_models.droid.script)
    error_message = "The script must hold the one of the resource."
  }
  assert {
    condition     = issensitive(coder_env.models["FACTORY_CUSTOM_MODELS_CODER"].value)
    error_message = "The value holds the token and must be sensitive."
  }
  assert {
    condition     = nonsensitive(startswith(coder_env.models["FACTORY_CUSTOM_MODELS_CODER"].value, "${factory_custom_models.droid.id}:"))
    error_message = "The variable must bring the document of the resource."
  }
  assert {
    condition     = output.model_ids == { claude = "custom:coder/claude", "gpt-5.2-codex" = "custom:coder/gpt-5.2-codex" }
    error_message = "The ids must be those of the models."
  }
  assert {
    condition = nonsensitive([for m in jsondecode(factory_custom_models.droid.settings_json).customModels : m.id]) == [
      output.model_ids["claude"], output.model_ids["gpt-5.2-codex"],
    ]
    error_message = "The ids in the document must be those of the output."
  }
  assert {
    condition     = nonsensitive(jsondecode(factory_custom_models.droid.settings_json).customModels[0].apiKey) != ""
    error_message = "The document must hold the owner's token."
  }
  assert {
    condition     = nonsensitive(!strcontains(coder_script.droid.script, jsondecode(factory_custom_models.droid.settings_json).customModels[0].apiKey))
    error_message = "No secret may stand in a script."
  }
  assert {
    condition     = output.script_id == coder_script.droid.id && output.env_ids["FACTORY_CUSTOM_MODELS_CODER"] == coder_env.models["FACTORY_CUSTOM_MODELS_CODER"].id
    error_message = "The ids must be those of the resources."
  }
  assert {
    condition     = coder_app.droid[0].command == "$HOME/.coder-modules/coder/droid/scripts/session.sh" && coder_app.droid[0].slug == "droid"
    error_message = "The button must run Droid."
  }
  assert {
    condition     = coder_metadata.droid.hide && coder_metadata.droid.resource_id == factory_custom_models.droid.id
    error_message = "The dashboard must not show a card with nothing on it."
  }
  assert {
    condition     = join(" ", output.scripts) == "coder-droid-install_script"
    error_message = "The names of the scripts must have the registry's form."
  }
}

run "nothing_but_the_models" {
  variables {
    namespace          = "my-team"
    delivery           = "system"
    install_droid      = false
    cli_app            = false
    start_blocks_login = false
    default_model      = null
  }

  assert {
    condition     = keys(coder_env.models) == ["FACTORY_CUSTOM_MODELS_MY_TEAM", "FACTORY_CUSTOM_MODELS_MY_TEAM_TOKEN"]
    error_message = "The variable's name must follow the namespace."
  }
  assert {
    condition     = length(coder_app.droid) == 0 && !coder_script.droid.start_blocks_login && output.default_model_id == null
    error_message = "What is not wanted must not be there."
  }
  assert {
    condition     = !strcontains(coder_script.droid.script, "npm")
    error_message = "Without installation no npm must be called."
  }
  assert {
    condition     = output.model_ids["claude"] == "custom:my-team/claude"
    error_message = "The ids must follow the namespace."
  }
}

run "place_of_the_button" {
  variables {
    namespace = "my-team"
    order     = 3
    group     = "Agents"
    icon      = "/icon/ubuntu.svg"

    cli_app_display_name = "Droid of the team"
  }

  assert {
    condition     = coder_app.droid[0].order == 3 && coder_app.droid[0].group == "Agents" && coder_app.droid[0].icon == "/icon/ubuntu.svg"
    error_message = "The button must be where it is wanted."
  }
  assert {
    condition     = coder_app.droid[0].display_name == "Droid of the team" && coder_script.droid.display_name == "Droid (my-team)"
    error_message = "The button must have its own name."
  }
  assert {
    condition     = coder_app.droid[0].slug == "droid-my-team" && coder_script.droid.icon == "/icon/ubuntu.svg" && join(" ", output.scripts) == "coder-droid-my-team-install_script"
    error_message = "Two modules on one agent must have two buttons."
  }
}

# A sensitive value in a model must not make the ids sensitive.
run "sensitive_model" {
  variables {
    models        = [{ model = "gpt-5.2-codex", provider = "openai", display_name = sensitive("Codex") }]
    default_model = null
  }

  assert {
    condition     = !issensitive(output.model_ids)
    error_message = "The ids must not be sensitive."
  }
}

run "secrets_in_headers" {
  variables {
    secrets = { PROXY_TOKEN = "proxy-secret" }
    models = [
      { model = "m", provider = "openai", extra_headers = { X-Team = "blue $", Proxy-Authorization = "Bearer $${PROXY_TOKEN}!" } },
    ]
    default_model = null
  }

  assert {
    condition     = nonsensitive(jsondecode(factory_custom_models.droid.settings_json).customModels[0].extraHeaders) == { X-Team = "blue $", Proxy-Authorization = "Bearer proxy-secret!" }
    error_message = "A header must have the secret that it names."
  }
  assert {
    condition     = !strcontains(coder_script.droid.script, "proxy-secret")
    error_message = "No secret may stand in a script."
  }
}

run "prompts" {
  command = plan

  variables {
    ai_prompt       = "what's new?"
    system_prompt   = "Answer in verse."
    autonomy_level  = "medium"
    session_wrapper = "$HOME/firewall --"
  }

  assert {
    condition     = strcontains(coder_script.droid.script, "exec $HOME/firewall -- droid --auto medium --append-system-prompt 'Answer in verse.' 'what'\\''s new?'")
    error_message = "A new session must begin as it is wanted."
  }
}

run "no_models" {
  variables {
    models        = []
    default_model = null
  }

  assert {
    condition     = length(output.model_ids) == 0 && nonsensitive(length(jsondecode(factory_custom_models.droid.settings_json).customModels)) == 0
    error_message = "An empty list must be possible."
  }
}

run "secrets" {
  variables {
    secrets = { FACTORY_API_KEY = "fk-secret", LINEAR_TOKEN = "lin-secret" }
    mcp_servers = {
      linear = { url = "https://mcp.linear.app/mcp", headers = { Authorization = "Bearer $${LINEAR_TOKEN}" } }
      files  = { command = "npx", args = ["-y", "it's"], env = { ROOT = "/srv" } }
    }
  }

  assert {
    condition     = keys(coder_env.secrets) == ["FACTORY_API_KEY", "LINEAR_TOKEN"] && nonsensitive(coder_env.secrets["LINEAR_TOKEN"].value) == "lin-secret"
    error_message = "Each secret must be a variable of the workspace."
  }
  assert {
    condition     = issensitive(coder_env.secrets["LINEAR_TOKEN"].value) && !strcontains(coder_script.droid.script, "-secret") && !issensitive(coder_script.droid.script)
    error_message = "No secret may stand in a script."
  }
  assert {
    condition     = strcontains(coder_script.droid.script, "unset FACTORY_CUSTOM_MODELS_CODER FACTORY_API_KEY LINEAR_TOKEN;")
    error_message = "The parts of the script must not get the secrets."
  }
  assert {
    condition     = strcontains(coder_script.droid.script, "'--type' 'http' '--header' 'Authorization: Bearer $${LINEAR_TOKEN}' '--' 'https://mcp.linear.app/mcp'") && strcontains(coder_script.droid.script, "'--type' 'stdio' '--env' 'ROOT=/srv' '--' 'npx' '-y' 'it'\\''s'")
    error_message = "The servers must be added as they are."
  }
}

run "managed" {
  variables {
    delivery         = "managed"
    managed_settings = jsonencode({ cloudSessionSync = false })
    gateway_only     = true
  }

  assert {
    condition     = contains(keys(coder_env.models), "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH") && nonsensitive(jsondecode(factory_custom_models.droid.settings_json).cloudSessionSync) == false
    error_message = "The settings must be in the managed file."
  }
}

# A plan asks nobody, so the deployment need not be there.
provider "factory" {
  alias         = "asking"
  access_url    = "https://coder.example.com"
  session_token = "session-token"
}

run "a_token_for_the_gateway" {
  command   = plan
  providers = { factory = factory.asking }

  variables {
    token_scope    = "gateway"
    token_lifetime = "24h"
  }

  assert {
    condition     = factory_custom_models.droid.token_scope == "gateway" && factory_custom_models.droid.token_lifetime == "24h"
    error_message = "The scope and the lifetime must reach the resource."
  }
}

# Objects of different types must not become one type, which would make texts of numbers or fail.
run "every_argument" {
  command = plan

  variables {
    default_model = null
    models = [
      { model = "a", provider = "openai", extra_headers = { X-Team = "blue" } },
      {
        model               = "b", provider = "anthropic", name = "c", display_name = "B", gateway_provider = "eu", api_key = "$${KEY}",
        max_output_tokens   = 30000, max_context_limit = 200000, no_image_support = true, enable_thinking = true,
        thinking_max_tokens = 1000, reasoning_effort = "low", extra_args = "{}", extra_fields = "{}"
      },
      { model = "d", provider = "openai", base_url = "http://127.0.0.1/v1" },
    ]
  }

  assert {
    condition     = factory_custom_models.droid.model[1].max_output_tokens == 30000 && factory_custom_models.droid.model[1].no_image_support
    error_message = "Each argument must reach the resource."
  }
}

run "from_a_mirror" {
  command = plan

  variables {
    install_url = "https://mirror.example.com/{version}/{os}-{arch}/it's"
    checksums   = { linux-x64 = "F9635D02EAA40DB56138ACBC439D45D8B337D36826CE4E4B29095D2BBAF3A23B" }
  }

  assert {
    condition     = length(var.checksums) == 1
    error_message = "A mirror must be possible."
  }
}
