#!/bin/sh
# Runs the main job offline: plans and applies main.tf with the provider that PROVIDER names, then runs the script in
# a scratch home as a workspace would, and shows the settings file before and after. If KEEP names a folder, the two
# files stay there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step() { printf '\n== %s\n' "$1"; }

platform=$(go env GOOS)_$(go env GOARCH)
mirror=$scratch/mirror/registry.terraform.io/coder/factory/0.0.1/$platform
mkdir -p "$mirror" "$scratch/template" "$scratch/home/.factory"
cp "$PROVIDER" "$mirror/terraform-provider-factory_v0.0.1"
cp "$here/main.tf" "$scratch/template/"
cp "$here/settings.json" "$scratch/home/.factory/"
cat > "$scratch/terraformrc" <<EOF
provider_installation {
  filesystem_mirror {
    path = "$scratch/mirror"
  }
}
EOF

# What Coder's provisioner sets at a workspace start. The token is made up.
export CODER_AGENT_URL=https://coder.example.com CODER_WORKSPACE_TRANSITION=start
export CODER_WORKSPACE_BUILD_ID=6f1bb1c8-43b3-4b6b-a8f3-5b9f2a1f0d11 CODER_WORKSPACE_OWNER_ID=5a9d3f0e-1c63-4e4f-9a52-d7a1f1f6a001
export CODER_WORKSPACE_OWNER_SESSION_TOKEN=demo-session-token-of-the-owner
export TF_CLI_CONFIG_FILE="$scratch/terraformrc" CHECKPOINT_DISABLE=1

cd "$scratch/template"
step 'terraform init, plan, apply'
terraform init -input=false -no-color > "$scratch/init.log" || { cat "$scratch/init.log" >&2; exit 1; }
terraform plan -input=false -no-color -out=plan > "$scratch/plan.log" || { cat "$scratch/plan.log" >&2; exit 1; }
awk '/^Terraform will perform/ { shown = 1 }
  shown && /^Plan:/ { print; exit }
  /\+ script .*EOT/ { print "      + script        = (left out here)"; script = 1 }
  shown && !script { print }
  / EOT$/ { script = 0 }' "$scratch/plan.log"
terraform apply -input=false -no-color plan > "$scratch/apply.log" || { cat "$scratch/apply.log" >&2; exit 1; }

step 'before: ~/.factory/settings.json, written by a user'
cat "$scratch/home/.factory/settings.json"

step 'the workspace starts: the script runs'
terraform output -json > "$scratch/outputs.json"
terraform output -raw script > "$scratch/script.sh"
variable=$(sed -n 's/^ *"\(FACTORY_[A-Z_]*\)": "[^"]*"$/\1/p' "$scratch/outputs.json")
value=$(sed -n 's/^ *"FACTORY_[A-Z_]*": "\([^"]*\)"$/\1/p' "$scratch/outputs.json")
env "$variable=$value" HOME="$scratch/home" sh -c "$(cat "$scratch/script.sh")"

step 'after, with the token masked'
sed "s/$CODER_WORKSPACE_OWNER_SESSION_TOKEN/********/g" "$scratch/home/.factory/settings.json" > "$scratch/after.json"
cat "$scratch/after.json"

step 'it starts again'
env "$variable=$value" HOME="$scratch/home" sh -c "$(cat "$scratch/script.sh")"

if [ -n "${KEEP-}" ]; then
  cp "$here/settings.json" "$KEEP/before.json"
  cp "$scratch/after.json" "$KEEP/"
fi
