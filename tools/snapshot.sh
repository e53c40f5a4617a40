#!/bin/sh
# Makes in dist/ what a release publishes, without a tag, verifies it, and tests that a changed one is refused. PLATFORMS
# names the platforms, separated by commas, or is "all". GORELEASER runs GoReleaser. If gpg is installed, a key made for
# this run signs.
set -eu

cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ "$PLATFORMS" != all ] || PLATFORMS=$(awk '/^ +- [a-z]+_[a-z0-9]+$/ { printf "%s%s", comma, $2; comma = "," }' .goreleaser.yml)
wanted=$(echo "$PLATFORMS" | tr , '|')

# Each target stands on a line of its own in the configuration.
awk -v wanted="^($wanted)\$" '!/^ +- [a-z]+_[a-z0-9]+$/ || $2 ~ wanted' .goreleaser.yml > "$scratch/goreleaser.yml"

fingerprint=
skip=--skip=sign
if command -v gpg > /dev/null; then
  export GNUPGHOME="$scratch/gpg"
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key snapshot@example.com 2> "$scratch/said" || { cat "$scratch/said" >&2; exit 1; }
  fingerprint=$(gpg --batch --with-colons --list-keys 2> /dev/null | awk -F : '$1 == "fpr" { print $10; exit }')
  skip=--skip=publish
  trap 'gpgconf --kill all; rm -rf "$scratch"' EXIT
fi

said() { "$@" > "$scratch/said" 2>&1 || { cat "$scratch/said" >&2; exit 1; }; }
said $GORELEASER check .goreleaser.yml
export PATH="$PWD/bin:$PATH" GPG_FINGERPRINT="$fingerprint"
said $GORELEASER release --snapshot --clean "$skip" --config "$scratch/goreleaser.yml"

# A real release uploads the manifest under this name, and the checksums have it.
for sums in dist/*_SHA256SUMS; do
  cp terraform-registry-manifest.json "${sums%_SHA256SUMS}_manifest.json"
done
go build -C tools -o ../bin/release ./release
bin/release -key "$fingerprint" -platforms "$PLATFORMS" dist
DIST="$PWD/dist" PLATFORMS="$PLATFORMS" KEY="$fingerprint" go test -C tools -count=1 ./release
