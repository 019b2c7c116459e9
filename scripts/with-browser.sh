#!/usr/bin/env bash
# Runs a command that needs Chromium:
#
#   scripts/with-browser.sh go test ./internal/web -v
#
# Installs Chromium from Debian if no browser is found, which requires root.
set -euo pipefail

if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "with-browser: Chromium is missing: install it, or run this as root" >&2; exit 1; }
  echo "installing Chromium" >&2
  log="$(mktemp)"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >"$log" 2>&1 ||
    { cat "$log" >&2; exit 1; }
  rm -f "$log"
fi
AITRADER_BROWSER="${AITRADER_BROWSER:-$(command -v chromium || command -v google-chrome)}" exec "$@"
