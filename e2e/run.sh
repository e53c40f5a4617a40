#!/bin/sh
# Runs the tests on the release of Coder that CODER names: that of go.mod, one of older/, or the newest with "latest". The module proxy
# tells which one that is, or LATEST does. DROID is another release of Droid, or "latest"; TOFU is an OpenTofu to use in place of the
# pinned one. Further arguments are for go test. With RECORD=1, results/ says afterwards what was run, when, and what passed;
# results/README.md is made from that. Another value of RECORD is a suffix for the name of that file.
set -eu

cd "$(dirname "$0")"
current=$(sed -n 's#^	github.com/coder/coder/v2 v##p' go.mod)
: "${CODER:=$current}"
derive=
if [ "$CODER" = latest ]; then
  derive=1
  CODER=${LATEST:-$(go list -m -f '{{.Version}}' github.com/coder/coder/v2@latest 2> /dev/null | sed 's/^v//')}
  [ -n "$CODER" ] || { echo "e2e: the module proxy does not tell the newest Coder; name it: make e2e CODER=latest LATEST=$current" >&2; exit 1; }
fi
[ "${DROID:-}" != latest ] || DROID=$(npm view @factory/cli-linux-x64 version)
export DROID TOFU
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Coder's agents must have their server's version, which a build of its Go module does not know. A test waits for a quarter
# of its time, so more of them run at once than there are cores.
set -- -count=1 -timeout 60m -parallel "$(($(getconf _NPROCESSORS_ONLN) * 3 / 2))" \
  -ldflags "-X github.com/coder/coder/v2/buildinfo.tag=$CODER" "$@"
if [ -n "$derive" ] || [ "$CODER" != "$current" ]; then
  sh gomod.sh "$CODER" "$scratch"
  set -- -mod=mod -modfile="$scratch/go.mod" "$@"
fi
[ ! -d "older/$CODER" ] || set -- -overlay="$(sh older/overlay.sh "$CODER" "$scratch")" "$@"

[ -z "${RECORD:-}" ] || set -- -v "$@"

status=0
go test "$@" . > "$scratch/log" 2>&1 || status=$?
if [ "$status" -eq 0 ]; then grep -E '^(---|ok|PASS)|load_test.go' "$scratch/log"; else cat "$scratch/log"; fi
if [ -n "${RECORD:-}" ] && grep -q '^ *--- ' "$scratch/log"; then # it was compiled
  tofu=$(sed -n 's#^	github.com/opentofu/opentofu v\([^ ]*\).*#\1#p' ../tools/pinned/opentofu/go.mod)
  [ -z "${TOFU:-}" ] || tofu=$("$TOFU" version | sed -n '1s/^OpenTofu v//p')
  mkdir -p results
  {
    echo "# Written by make e2e with RECORD. The lines below are of go test -v, without times."
    echo "date: $(date -u +%Y-%m-%d)"
    echo "platform: $(go env GOOS)/$(go env GOARCH)"
    echo "coder: $CODER"
    echo "coder/coder: $(sed -n 's/^	coderProviderVersion = "\(.*\)"$/\1/p' main_test.go)"
    echo "terraform: $(terraform version | sed -n '1s/^Terraform v//p')"
    echo "opentofu: $tofu"
    sed -n 's/^ *--- \([A-Z]*\): \([^ ]*\) .*/\1 \2/p' "$scratch/log" | sort
  } > "results/coder-$CODER${RECORD#1}.txt"
fi
exit "$status"
