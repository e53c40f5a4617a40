# A value that is known only at apply is checked there.

resource "terraform_data" "later" {
  input = "A b"
}

resource "factory_custom_models" "provider" {
  model {
    model    = "m"
    provider = terraform_data.later.output # model[0] ("m"): provider is "A b".
  }
}

resource "factory_custom_models" "namespace" {
  namespace = terraform_data.later.output # namespace must be lower-case letters and digits
}

resource "factory_custom_models" "dynamic" {
  dynamic "model" {
    for_each = [terraform_data.later.output] # Model Needs a Name
    content {
      model    = model.value
      provider = "openai"
    }
  }
}
