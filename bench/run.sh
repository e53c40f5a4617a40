#!/bin/sh
# Builds the plugins, runs the benchmark ROUNDS times, so that the peers take turns, and prints benchstat's comparison. FACTORY is the
# provider to measure. BENCH is a regular expression that chooses benchmarks; without it the comparison goes to results.txt.
# AT is a commit whose provider is measured beside the others.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/bin/bench
platform=$(go env GOOS)_$(go env GOARCH)
export CGO_ENABLED=0

# plugin NAME is where Terraform looks for a provider.
plugin() { echo "$out/mirror/registry.terraform.io/bench/$1/0.0.1/$platform/terraform-provider-$1_v0.0.1"; }

cd "$top"
mkdir -p "$(dirname "$(plugin factory)")"
cp "$FACTORY" "$(plugin factory)"
go build -tags slim -trimpath -ldflags '-s -w' -o "$(plugin floor)" ./bench/floor
for peer in coder local; do
  go build -C "tools/pinned/$peer" -trimpath -ldflags '-s -w' -o "$(plugin "$peer")" tool
done
if [ -n "${AT-}" ]; then
  AT=$(git rev-parse --short "$AT")
  git grep -q ListNestedBlock "$AT" -- provider && export BLOCKS=1
  tree=$(mktemp -d)
  trap 'git -C "$top" worktree remove --force "$tree"' EXIT
  git worktree add --quiet --detach "$tree" "$AT"
  mkdir -p "$(dirname "$(plugin earlier)")"
  go build -C "$tree" -tags slim -trimpath -ldflags '-s -w' -o "$(plugin earlier)" .
  export AT
fi
go test -tags slim -c -o "$out/bench.test" ./bench

cd bench
printf 'go: %s\nterraform: %s\n' "$(go env GOVERSION)" "$(terraform version | sed -n 's/^Terraform v//p')" > "$out/rounds.txt"
round=0
while [ "$round" -lt "$ROUNDS" ]; do
  round=$((round + 1))
  echo "round $round of $ROUNDS" >&2
  "$out/bench.test" -test.run '^$' -test.bench "${BENCH:-.}" -test.benchtime 300ms >> "$out/rounds.txt" || {
    tail -n 30 "$out/rounds.txt" >&2
    exit 1
  }
done
# The first of its kind is the one that the others are compared with.
columns="jq without-us floor managed system mawk gawk busybox original-awk merge coder local factory factory-catalog catalog-of-20 at-${AT-}"
$BENCHSTAT -table goos,goarch,cpu,go,terraform,.name -row /size,/layout -col "/peer@($columns)" "$out/rounds.txt" > "$out/table.txt"
cat "$out/table.txt"
[ -n "${BENCH-}" ] || cp "$out/table.txt" results.txt
