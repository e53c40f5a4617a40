#!/bin/sh
# gomod.sh RELEASE FOLDER: writes a go.mod and a go.sum into FOLDER with which `go test` takes that release of Coder. They are the
# release's own, because Coder needs its replace lines and because this is how Coder runs.
set -eu

coder=github.com/coder/coder/v2
sources=$(go mod download -json "$coder@v$1" | sed -n 's/^	"Dir": "\(.*\)",$/\1/p')
[ -n "$sources" ] || { echo "e2e: the module proxy does not have Coder $1" >&2; exit 1; }
cat "$sources/go.mod" > "$2/go.mod"
cat "$sources/go.sum" go.sum | sort -u > "$2/go.sum"
go mod edit -module="$(go list -m)" -require="$coder@v$1" "$2/go.mod"
