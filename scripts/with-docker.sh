#!/usr/bin/env bash
# Runs a command that needs Docker:
#
#   scripts/with-docker.sh docker version
#
# Uses the Docker daemon if one is running. Otherwise installs Docker from Debian if it
# is missing, and runs a daemon with a folder and a socket of its own until the command
# ends; both require root.
set -euo pipefail

fail() {
  echo "with-docker: $*" >&2
  exit 1
}

work="$(mktemp -d)"
daemon="" bridge="" command=""
stop() {
  [ -z "$command" ] || { kill "$command" 2>/dev/null && wait "$command" || true; }
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    [ -n "$bridge" ] || ip link delete docker0 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT

answers() { docker version >/dev/null 2>&1; }

if ! answers; then
  [ "$(id -u)" = 0 ] || fail "no Docker daemon answers: start one, or run this as root to start one here"
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    echo "installing Docker" >&2
    apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io >"$work/apt" 2>&1 ||
      { cat "$work/apt" >&2; fail "cannot install Docker"; }
    command -v docker >/dev/null || apt-get install -y -qq docker-cli >&2 # a separate package since Debian 13
  fi
fi
if ! answers; then
  [ ! -e /sys/class/net/docker0 ] || bridge=already
  export DOCKER_HOST="unix://$work/docker.sock"
  # These flags leave the firewall and the routing of this machine alone.
  dockerd --host="$DOCKER_HOST" --data-root="$work/data" --exec-root="$work/exec" --pidfile="$work/pid" \
    --iptables=false --ip-forward=false --ip-masq=false >"$work/dockerd" 2>&1 &
  daemon=$!
  for _ in $(seq 300); do
    answers && break
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  answers || { tail -20 "$work/dockerd" >&2; fail "the Docker daemon did not start"; }
fi

export AITRADER_WITH_DOCKER=1
"$@" <&0 &
command=$!
wait "$command" && code=0 || code=$?
command=""
exit "$code"
