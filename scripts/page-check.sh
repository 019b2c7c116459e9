#!/usr/bin/env bash
# Checks the page without a browser: types, lint, and unit tests. The tools come from
# npm, in the versions of internal/web/package-lock.json, into the user's cache folder;
# internal/web/node_modules is a link to them, where editors find them too.
set -euo pipefail
cd "$(dirname "$0")/../internal/web"

oldest=20.19
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "page-check: Node.js is not installed: install version $oldest or later, with npm" >&2
  exit 1
fi
version="$(node --version)"
if [ "$(printf '%s\n' "$oldest" "${version#v}" | sort -V | head -n 1)" != "$oldest" ]; then
  echo "page-check: Node.js $version is installed: version $oldest or later is required" >&2
  exit 1
fi

lock="$(cat package.json package-lock.json | sha256sum | cut -c1-12)"
home="${XDG_CACHE_HOME:-$HOME/.cache}/aitrader/page-check-$lock"
if [ ! -e "$home/installed" ]; then
  echo "installing TypeScript and ESLint in $home" >&2
  rm -rf "$home"
  mkdir -p "$home"
  cp package.json package-lock.json "$home"
  npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  touch "$home/installed"
fi
ln -sfn "$home/node_modules" node_modules

node_modules/.bin/tsc -p .
node_modules/.bin/tsc -p pagetest
node_modules/.bin/eslint --max-warnings 0 .
node --test pagetest/*.test.js
