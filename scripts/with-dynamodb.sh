#!/usr/bin/env bash
# Runs a command with an emulated DynamoDB, which it starts and stops:
#
#   scripts/with-dynamodb.sh go test ./internal/aws/...
#
# The command finds it in AITRADER_DYNAMODB_ENDPOINT. It is moto's server, from
# PyPI, in a virtual environment in the user's cache folder; the first run
# installs it. It needs Python 3.10 or later, listens on loopback only, on a free
# port, and keeps nothing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
moto=moto==5.2.5
home="${XDG_CACHE_HOME:-$HOME/.cache}/aitrader/$moto"

if [ ! -e "$home/installed" ]; then
  if ! python3 -c 'import ensurepip' 2>/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3 python3-venv
  fi
  echo "installing $moto in $home" >&2
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check "${moto/==/[dynamodb,server]==}"
  touch "$home/installed"
fi

work="$(mktemp -d)"
"$home/bin/python" "$here/moto_server.py" "$work/port" >"$work/log" 2>&1 &
server=$!
stop() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
    echo "the emulated DynamoDB did not start:" >&2
    cat "$work/log" >&2
    exit 1
  fi
  sleep 0.1
done
AITRADER_DYNAMODB_ENDPOINT="http://127.0.0.1:$(cat "$work/port")" "$@"
