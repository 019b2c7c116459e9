#!/usr/bin/env bash
# Validates the definition of the state machine with asl-validator, from npm. Installs
# Node.js from Debian if it is missing, which requires root.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npx >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends npm; } >&2
fi
exec npx --yes asl-validator@4.0.0 --json-path internal/aws/stepfn/simulation.asl.json
