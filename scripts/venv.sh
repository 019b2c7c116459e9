#!/usr/bin/env bash
# Prints the folder of a virtual environment in the user's cache folder, after
# installing a Python package from PyPI there if it is missing:
#
#   "$(scripts/venv.sh aws-sam-cli==1.170.0)/bin/sam" --version
set -euo pipefail
home="${XDG_CACHE_HOME:-$HOME/.cache}/aitrader/$1"

if [ ! -e "$home/installed" ]; then
  if ! python3 -c 'import ensurepip' 2>/dev/null; then
    { apt-get update -qq && apt-get install -y -qq python3 python3-venv; } >&2
  fi
  echo "installing $1 in $home" >&2
  rm -rf "$home"
  python3 -m venv "$home" >&2
  "$home/bin/pip" install --quiet --disable-pip-version-check "$1" >&2
  touch "$home/installed"
fi
echo "$home"
