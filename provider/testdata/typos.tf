# Terraform finds a misspelt word, and says which one was meant.

provider "factory" {
  alias        = "typo"
  verfication  = "skip" # An argument named "verfication" is not expected here. Did you mean "verification"?
  sesion_token = "x"    # An argument named "sesion_token" is not expected here. Did you mean "session_token"?
}

resource "factory_custom_models" "provider" {
  provider = factory.typo
}

resource "factory_custom_models" "argument" {
  delivry          = "managed" # An argument named "delivry" is not expected here. Did you mean "delivery"?
  former_namespace = []        # An argument named "former_namespace" is not expected here. Did you mean "former_namespaces"?
}

resource "factory_custom_models" "model" {
  model {
    model           = "m"
    provider        = "openai"
    extra_header    = {}           # An argument named "extra_header" is not expected here. Did you mean "extra_headers"?
    gatway_provider = "bedrock-eu" # An argument named "gatway_provider" is not expected here. Did you mean "gateway_provider"?
  }
}

resource "factory_custom_models" "catalog" {
  catalog {
    includes = [] # An argument named "includes" is not expected here. Did you mean "include"?
    exlude   = [] # An argument named "exlude" is not expected here. Did you mean "exclude"?
  }
}

resource "factory_custom_models" "block" {
  catalogue {} # Blocks of type "catalogue" are not expected here.
  modle {}     # Blocks of type "modle" are not expected here. Did you mean "model"?
}
