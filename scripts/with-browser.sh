#!/usr/bin/env bash
# Runs a command that needs Chromium:
#
#   scripts/with-browser.sh go test ./internal/web -v
#
# One that is there is used; where none is, Debian's is installed, for which this has
# to be root.
set -euo pipefail

if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "with-browser: no Chromium is found; install one, or run this as root" >&2; exit 1; }
  echo "installing Chromium" >&2
  log="$(mktemp)"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  rm -f "$log"
fi
exec "$@"
