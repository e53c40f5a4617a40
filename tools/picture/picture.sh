#!/bin/sh
# Makes assets/demo.svg from a run of the demo, with the provider that PROVIDER names, and .images/droid.svg from a run
# of the real Droid with the demo's settings. The same programs give the same bytes. npm fetches Droid into the user's
# cache. Droid has a home of its own and a network without any other machine. Where that can't be had, .images/droid.svg
# stays as it is.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
KEEP=$(mktemp -d)
trap 'rm -rf "$KEEP"' EXIT
export KEEP

sh "$top/examples/demo/run.sh" > "$KEEP/log" || { cat "$KEEP/log" >&2; exit 1; }
picture=$top/bin/picture
go build -C "$top/tools" -o "$picture" ./picture
"$picture" demo "$KEEP" > "$KEEP/demo.svg"
cp "$KEEP/demo.svg" "$top/assets/demo.svg"

skip() { echo "picture: .images/droid.svg stays as it is: $1" >&2; exit 0; }
[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'it needs Linux on x86-64'
alone='unshare --map-root-user --net'
$alone ip link set lo up 2> /dev/null || skip 'it needs unshare and ip, and the right to use them'
package=@factory/cli-linux-x64 version=0.225.2
# The tests in e2e/ keep Droid in the same place.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-factory-e2e/@factory-cli-linux-x64-$version
droid=$cache/node_modules/$package/bin/droid
if [ ! -e "$droid" ]; then
  command -v npm > /dev/null || skip 'it needs npm'
  mkdir -p "$cache"
  npm install --no-audit --no-fund --prefix "$cache" "$package@$version" >&2
fi
$alone sh -c 'ip link set lo up && exec "$@"' sh "$picture" droid "$droid" "$KEEP" > "$KEEP/droid.svg"
cp "$KEEP/droid.svg" "$top/.images/droid.svg"
