#!/usr/bin/env bash
# Compares a running service with the OpenAPI document that it serves, by requests that
# schemathesis makes up: all its checks, and that of scripts/schemathesis/hooks.py.
#
#   scripts/schemathesis.sh bin/aitrader
#
# The first run installs schemathesis from PyPI in a virtual environment in the user's
# cache folder. The service is the demo with a store of its own, on free ports of
# 127.0.0.1: once without API keys, and once with one. The seed is fixed, so that a finding
# comes back until it is mended.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
program="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
home="$("$here/venv.sh" 'schemathesis==4.32.5')"
work="$(mktemp -d)"
service=""
stop() {
  [ -z "$service" ] || { kill "$service" 2>/dev/null && wait "$service" || true; }
  service=""
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
cp "$here"/schemathesis/* . # the hooks are imported from the working folder

# check NAME ARGUMENTS...: starts the service, and checks it.
check() {
  echo "schemathesis: $1"
  shift
  "$program" --data "$work/data" demo --addr 127.0.0.1:0 >out 2>log &
  service=$!
  until grep -q 'serving on' log; do
    kill -0 "$service" 2>/dev/null || { cat log >&2; exit 1; }
    sleep 0.1
  done
  url="$(sed -n 's/.*serving on \(http[^ ]*\).*/\1/p' log)"
  "$home/bin/schemathesis" --config-file schemathesis.toml run "$url/openapi.json" \
    --seed 1 --checks all --max-examples "${AITRADER_EXAMPLES:-50}" --no-color --warnings off "$@"
  stop
}

check "without API keys"
"$program" --json keys new --id check --scopes read,trigger >key
entry() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" key; }
AITRADER_API_KEYS="$(entry entry)" check "with an API key" -H "Authorization: Bearer $(entry key)"
