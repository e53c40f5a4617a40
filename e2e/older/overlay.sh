#!/bin/sh
# overlay.sh RELEASE FOLDER: writes into FOLDER what makes `go test` take the gateway_test.go of that release, and prints the
# path of the overlay. The releases here have no standalone gateway, no resources in dev containers and no catalog, and tokens
# have other scopes. Coder before 2.30 has the earlier module of slog, with the same names.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
files=$(ls ./*_test.go)
{
  printf '{"Replace": {'
  comma=
  for file in $files; do
    name=${file#./}
    from=$name
    to=$2/$name
    [ "$name" != gateway_test.go ] || from=$here/$1/gateway_test.go
    case $name in catalog_test.go | devcontainer_test.go | leaks_test.go | load_test.go | module_test.go | standalone_test.go | token_test.go) to= ;; esac
    case $1 in
      2.29.*) sed 's#"cdr.dev/slog/v3"#"cdr.dev/slog"#' "$from" > "$2/$name" ;;
      *) cp "$from" "$2/$name" ;;
    esac
    printf '%s"%s": "%s"' "$comma" "$PWD/$name" "$to"
    comma=', '
  done
  printf '}}\n'
} > "$2/overlay.json"
echo "$2/overlay.json"
