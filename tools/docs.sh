#!/bin/sh
# Makes docs/ anew. The schema comes from the provider just built, read by the Terraform on PATH.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cd "$top"
go build -tags "$TAGS" -o "$scratch/terraform-provider-factory" .
cat > "$scratch/terraformrc" <<EOF
provider_installation {
  dev_overrides {
    "hashicorp/factory" = "$scratch"
  }
  direct {}
}
EOF
cat > "$scratch/main.tf" <<'EOF'
terraform {
  required_providers {
    factory = { source = "hashicorp/factory" } # the one name space that tfplugindocs looks in
  }
}
EOF
TF_CLI_CONFIG_FILE="$scratch/terraformrc" CHECKPOINT_DISABLE=1 \
  terraform -chdir="$scratch" providers schema -json > "$scratch/schema.json"
terraform fmt -recursive examples > /dev/null
$TFPLUGINDOCS generate --providers-schema "$scratch/schema.json" --provider-name factory --rendered-provider-name Factory

# What was run is told by what ran it: the table that ends this page.
{
  sed '/^| Coder/,$d' e2e/results/README.md
  awk -f tools/results.awk $(ls e2e/results/coder-*.txt | sort -r)
} > "$scratch/README.md"
cp "$scratch/README.md" e2e/results/README.md
