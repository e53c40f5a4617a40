#!/bin/sh
# Makes assets/demo.svg anew from a run of the demo, with the provider that PROVIDER names, and .images/droid.svg from a terminal's text.
# The same provider gives the same bytes.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
KEEP=$(mktemp -d)
trap 'rm -rf "$KEEP"' EXIT
export KEEP

template=$top/examples/resources/factory_custom_models/resource.tf
block() { sed -n '/^resource "factory_custom_models"/,/^}/p' "$1"; }
[ "$(block "$template")" = "$(block "$top/examples/demo/main.tf")" ] || {
  echo 'picture: the demo runs another resource than the template shows' >&2
  exit 1
}

sh "$top/examples/demo/run.sh" > "$KEEP/log" || { cat "$KEEP/log" >&2; exit 1; }
cd "$top/tools"
go run ./picture "$template" "$KEEP" > "$KEEP/demo.svg"
cp "$KEEP/demo.svg" "$top/assets/demo.svg"
go run ./picture picture/droid.txt > "$KEEP/droid.svg"
cp "$KEEP/droid.svg" "$top/.images/droid.svg"
