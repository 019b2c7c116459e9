#!/usr/bin/env bash
# Runs a command with an emulated AWS, whose URL is in AITRADER_EMULATOR:
#
#   scripts/with-emulator.sh go test ./internal/aws/...
#
# The emulator is the moto server, which keeps everything in memory. The first run
# installs it from PyPI in a virtual environment in the user's cache folder; it requires
# Python 3.10 or later. It listens on a free port of AITRADER_EMULATOR_ADDRESS, by
# default 127.0.0.1.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
home="$("$here/venv.sh" 'moto[dynamodb,server,ssm,stepfunctions]==5.2.5')"
address="${AITRADER_EMULATOR_ADDRESS:-127.0.0.1}"
work="$(mktemp -d)"
"$home/bin/python" "$here/moto_server.py" "$work/port" "$address" >"$work/log" 2>&1 &
server=$!
command=""
stop() {
  [ -z "$command" ] || { kill "$command" 2>/dev/null && wait "$command" || true; }
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
    echo "the emulated AWS did not start:" >&2
    cat "$work/log" >&2
    exit 1
  fi
  sleep 0.1
done
AITRADER_EMULATOR="http://$address:$(cat "$work/port")" "$@" <&0 &
command=$!
wait "$command"
