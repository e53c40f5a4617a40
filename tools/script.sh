#!/bin/sh
# Prints the script of factory_custom_models, as the provider that PROVIDER names makes it. DELIVERY, NAMESPACE and
# SETTINGS_PATH are the attributes of the same names, with the same defaults. RESOURCE is the id of the resource, which is
# random otherwise.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ln -s "$PROVIDER" "$scratch/terraform-provider-factory"
cat > "$scratch/terraformrc" <<EOF
provider_installation {
  dev_overrides {
    "coder/factory" = "$scratch"
  }
  direct {}
}
EOF
cat > "$scratch/main.tf" <<'EOF'
terraform {
  required_providers {
    factory = { source = "coder/factory" }
  }
}

variable "delivery" {
  type    = string
  default = null
}

variable "namespace" {
  type    = string
  default = null
}

variable "settings_path" {
  type    = string
  default = null
}

provider "factory" {
  verification = "skip"
}

resource "factory_custom_models" "droid" {
  delivery      = var.delivery
  namespace     = var.namespace
  settings_path = var.settings_path
}

output "script" {
  value = factory_custom_models.droid.script
}
EOF

[ -z "${DELIVERY-}" ] || export TF_VAR_delivery="$DELIVERY"
[ -z "${NAMESPACE-}" ] || export TF_VAR_namespace="$NAMESPACE"
[ -z "${SETTINGS_PATH-}" ] || export TF_VAR_settings_path="$SETTINGS_PATH"
# A stop needs no token.
export CODER_WORKSPACE_TRANSITION=stop TF_CLI_CONFIG_FILE="$scratch/terraformrc" CHECKPOINT_DISABLE=1
cd "$scratch"
terraform apply -auto-approve -input=false -no-color > apply.log 2>&1 || { cat apply.log >&2; exit 1; }
terraform output -raw script | if [ -n "${RESOURCE-}" ]; then sed "s/^resource=\".*\"$/resource=\"$RESOURCE\"/"; else cat; fi
