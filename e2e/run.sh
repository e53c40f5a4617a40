#!/bin/sh
# Runs the tests on the release of Coder that CODER names; further arguments are for go test. With RECORD=1, results/ says
# afterwards what was run, when, and what passed. The guide on versions is made from that.
set -eu

cd "$(dirname "$0")"
current=$(sed -n 's#^	github.com/coder/coder/v2 v##p' go.mod)
: "${CODER:=$current}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Coder's agents must have their server's version, which a build of its Go module does not know.
set -- -count=1 -timeout 40m -ldflags "-X github.com/coder/coder/v2/buildinfo.tag=$CODER" "$@"
if [ "$CODER" != "$current" ]; then
  [ -f "older/$CODER/go.mod" ] || { echo "e2e: CODER is $current or one of these: $(cd older && ls -d [0-9]*)" >&2; exit 1; }
  set -- -modfile="older/$CODER/go.mod" -overlay="$(sh older/overlay.sh "$CODER" "$scratch")" "$@"
fi
[ -n "${RECORD:-}" ] || exec go test "$@" .

status=0
go test -v "$@" . > "$scratch/log" 2>&1 || status=$?
[ "$status" -eq 0 ] || cat "$scratch/log" >&2
grep -q '^ *--- ' "$scratch/log" || exit "$status" # not even compiled
mkdir -p results
{
  echo "# Written by make e2e CODER=$CODER RECORD=1. The lines below are of go test -v, without times."
  echo "date: $(date -u +%Y-%m-%d)"
  echo "platform: $(go env GOOS)/$(go env GOARCH)"
  echo "coder: $CODER"
  echo "coder/coder: $(sed -n 's/^	coderProviderVersion = "\(.*\)"$/\1/p' main_test.go)"
  echo "terraform: $(terraform version | sed -n '1s/^Terraform v//p')"
  echo "opentofu: $(sed -n 's#^	github.com/opentofu/opentofu v\([^ ]*\).*#\1#p' ../tools/pinned/opentofu/go.mod)"
  sed -n 's/^ *--- \([A-Z]*\): \([^ ]*\) .*/\1 \2/p' "$scratch/log" | sort
} > "results/coder-$CODER.txt"
grep -E '^(---|ok|PASS|FAIL)' "$scratch/log"
exit "$status"
