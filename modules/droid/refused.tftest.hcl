# Bad inputs: each is refused when the template is planned.

provider "factory" {
  access_url    = "https://coder.example.com"
  session_token = "session-token"
  verification  = "skip"
}

variables {
  agent_id = "7f0e6f39-5ab1-4ad9-8ae1-6d5f1e0f6e10"
  models   = [{ model = "m", provider = "openai" }]
}

run "an_insecure_mirror" {
  command = plan

  variables {
    install_url = "http://mirror.example.com/droid"
  }

  expect_failures = [coder_script.droid]
}

run "agent_id_1" {
  command = plan

  variables {
    agent_id = ""
  }

  expect_failures = [var.agent_id]
}

run "models_1" {
  command = plan

  variables {
    models = { model = "m", provider = "openai" }
  }

  expect_failures = [var.models]
}

run "models_2" {
  command = plan

  variables {
    models = [{ model = "m", provider = "openai" }, { model = "n", provider = "openai", gatway_provider = "eu" }]
  }

  expect_failures = [var.models]
}

run "models_3" {
  command = plan

  variables {
    models = [{ provider = "openai" }]
  }

  expect_failures = [var.models]
}

run "models_4" {
  command = plan

  variables {
    models = [{ model = "m", provider = "bedrock" }]
  }

  expect_failures = [var.models]
}

run "models_5" {
  command = plan

  variables {
    models = [{ model = "m" }]
  }

  expect_failures = [var.models]
}

run "models_6" {
  command = plan

  variables {
    models = [{ model = "m", provider = "openai", api_key = "sk-literal" }]
  }

  expect_failures = [var.models]
}

run "models_7" {
  command = plan

  variables {
    models = [{ model = "m", provider = "openai", extra_headers = { X-Api-Key = "literal" } }]
  }

  expect_failures = [var.models]
}

run "a_header_with_an_unknown_secret" {
  command = plan

  variables {
    models = [{ model = "m", provider = "openai", extra_headers = { X-Api-Key = "$${NOT_THERE}" } }]
  }

  expect_failures = [coder_script.droid]
}

run "catalog_1" {
  command = plan

  variables {
    catalog = ["claude-*"]
  }

  expect_failures = [var.catalog]
}

run "catalog_2" {
  command = plan

  variables {
    catalog = { includes = ["claude-*"] }
  }

  expect_failures = [var.catalog]
}

run "catalog_3" {
  command = plan

  variables {
    catalog = { source = "administrators" }
  }

  expect_failures = [var.catalog]
}

run "catalog_4" {
  command = plan

  variables {
    catalog = { source = "upstream" }
  }

  expect_failures = [var.catalog]
}

run "default_model_1" {
  command = plan

  variables {
    default_model = "two words"
  }

  expect_failures = [var.default_model]
}

run "namespace_1" {
  command = plan

  variables {
    namespace = "My_Team"
  }

  expect_failures = [var.namespace]
}

run "former_namespaces_1" {
  command = plan

  variables {
    former_namespaces = ["Old"]
  }

  expect_failures = [var.former_namespaces]
}

run "settings_path_1" {
  command = plan

  variables {
    settings_path = "settings.json"
  }

  expect_failures = [var.settings_path]
}

run "delivery_1" {
  command = plan

  variables {
    delivery = "merged"
  }

  expect_failures = [var.delivery]
}

run "managed_settings_1" {
  command = plan

  variables {
    managed_settings = "[1]"
  }

  expect_failures = [var.managed_settings]
}

run "token_scope_1" {
  command = plan

  variables {
    token_scope = "all"
  }

  expect_failures = [var.token_scope]
}

run "token_lifetime_1" {
  command = plan

  variables {
    token_scope    = "gateway"
    token_lifetime = "7d"
  }

  expect_failures = [var.token_lifetime]
}

run "droid_version_1" {
  command = plan

  variables {
    droid_version = "^0.225.0"
  }

  expect_failures = [var.droid_version]
}

run "droid_version_2" {
  command = plan

  variables {
    droid_version = "1.2.3; id"
  }

  expect_failures = [var.droid_version]
}

run "install_url_1" {
  command = plan

  variables {
    install_url = "mirror.example.com/droid"
  }

  expect_failures = [var.install_url]
}

run "install_url_2" {
  command = plan

  variables {
    install_url = "https://me:password@mirror.example.com/droid"
  }

  expect_failures = [var.install_url]
}

run "npm_registry_1" {
  command = plan

  variables {
    npm_registry = "https://me:password@npm.example.com"
  }

  expect_failures = [var.npm_registry]
}

run "checksums_1" {
  command = plan

  variables {
    checksums = { amd64 = "f9635d02eaa40db56138acbc439d45d8b337d36826ce4e4b29095d2bbaf3a23b" }
  }

  expect_failures = [var.checksums]
}

run "checksums_2" {
  command = plan

  variables {
    checksums = { linux-x64 = "sha256:f9635d02" }
  }

  expect_failures = [var.checksums]
}

run "workdir_1" {
  command = plan

  variables {
    workdir = "project"
  }

  expect_failures = [var.workdir]
}

run "ai_prompt_1" {
  command = plan

  variables {
    ai_prompt = join("", [for i in range(1000) : "more than sixteen letters."])
  }

  expect_failures = [var.ai_prompt]
}

run "system_prompt_1" {
  command = plan

  variables {
    system_prompt = join("", [for i in range(1000) : "more than sixteen letters."])
  }

  expect_failures = [var.system_prompt]
}

run "autonomy_level_1" {
  command = plan

  variables {
    autonomy_level = "max"
  }

  expect_failures = [var.autonomy_level]
}

run "session_wrapper_1" {
  command = plan

  variables {
    session_wrapper = "firewall --\nid"
  }

  expect_failures = [var.session_wrapper]
}

run "mcp_servers_1" {
  command = plan

  variables {
    mcp_servers = { "a b" = { command = "x" } }
  }

  expect_failures = [var.mcp_servers]
}

run "mcp_servers_2" {
  command = plan

  variables {
    mcp_servers = { a = { command = "x", url = "https://mcp.example.com" } }
  }

  expect_failures = [var.mcp_servers]
}

run "mcp_servers_3" {
  command = plan

  variables {
    mcp_servers = { a = { url = "mcp.example.com" } }
  }

  expect_failures = [var.mcp_servers]
}

run "mcp_servers_4" {
  command = plan

  variables {
    mcp_servers = { a = { url = "https://mcp.example.com", headers = { Authorization = "Bearer abc" } } }
  }

  expect_failures = [var.mcp_servers]
}

run "secrets_1" {
  command = plan

  variables {
    secrets = { "MY-KEY" = "x" }
  }

  expect_failures = [var.secrets]
}

run "secrets_2" {
  command = plan

  variables {
    secrets = { FACTORY_CUSTOM_MODELS_CODER = "x" }
  }

  expect_failures = [var.secrets]
}

run "pre_install_script_1" {
  command = plan

  variables {
    pre_install_script = join("", [for i in range(1000) : "echo hello to everybody who is in here now\n"])
  }

  expect_failures = [var.pre_install_script]
}

run "post_install_script_1" {
  command = plan

  variables {
    post_install_script = join("", [for i in range(1000) : "echo hello to everybody who is in here now\n"])
  }

  expect_failures = [var.post_install_script]
}

run "order_1" {
  command = plan

  variables {
    order = 1.5
  }

  expect_failures = [var.order]
}

run "group_1" {
  command = plan

  variables {
    group = " "
  }

  expect_failures = [var.group]
}

run "icon_1" {
  command = plan

  variables {
    icon = "terminal.svg"
  }

  expect_failures = [var.icon]
}

run "cli_app_display_name_1" {
  command = plan

  variables {
    cli_app_display_name = " "
  }

  expect_failures = [var.cli_app_display_name]
}

