#!/usr/bin/env bash
# Builds the container image and runs it with compose.yaml: one batch job, then the
# service on the same volume. Checks health, API keys, a clean stop and a kill.
# Requires bin/aitrader (make build). Installs Docker as with-docker.sh does, and
# Compose from Debian if it is missing. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${AITRADER_WITH_DOCKER:-}" ] || exec scripts/with-docker.sh scripts/validate_docker.sh "$@"

say() { echo "validate_docker: $*" >&2; }
fail() {
  say "FAILED: $*"
  exit 1
}
# equal WHAT GOT WANT
equal() {
  [ "$2" = "$3" ] || fail "$1: got $2, want $3"
  say "ok: $1: $2"
}

if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
else
  if ! command -v docker-compose >/dev/null; then
    [ "$(id -u)" = 0 ] || fail "docker compose is missing"
    say "installing Compose"
    log="$(mktemp)"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends docker-compose >"$log" 2>&1 ||
      { cat "$log" >&2; fail "cannot install Compose"; }
    rm -f "$log"
  fi
  compose=(docker-compose)
fi

work="$(mktemp -d)"
export COMPOSE_PROJECT_NAME="aitrader-validate-$$"
export AITRADER_IMAGE="$COMPOSE_PROJECT_NAME" AITRADER_PORT="${AITRADER_PORT:-18080}"
export AITRADER_CONFIGS="$work/configs" AITRADER_ENV_FILE="$work/env"
clean() {
  "${compose[@]}" down --volumes --timeout 10 >/dev/null 2>&1 || true
  docker rmi --force "$AITRADER_IMAGE" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

# --- the user's files: a configuration, prices, a key --------------------------------
mkdir "$work/configs"
cat >"$work/configs/default.json" <<'EOF'
{"benchmark": "QQQ", "agent_config": {"stock_symbols": ["AAA", "BBB"]}, "models": [
  {"signature": "hold", "basemodel": "builtin/buy-and-hold?symbol=AAA"},
  {"signature": "even", "basemodel": "builtin/equal-weight"}]}
EOF
cat >"$work/prices.csv" <<'EOF'
symbol,date,open,high,low,close,volume
AAA,2025-10-01,100,110,90,105,1000
AAA,2025-10-02,105,112,100,110,1000
AAA,2025-10-03,110,120,105,118,1000
BBB,2025-10-01,50,55,45,50,1000
BBB,2025-10-02,50,52,48,49,1000
BBB,2025-10-03,49,50,40,45,1000
QQQ,2025-10-01,400,410,390,400,1000
QQQ,2025-10-02,400,410,390,404,1000
QQQ,2025-10-03,404,410,390,408,1000
EOF
chmod -R a+rX "$work"
keys="$(bin/aitrader --json keys new --id validate --scopes read,trigger)"
key="$(sed -n 's/.*"key": *"\([^"]*\)".*/\1/p' <<<"$keys")"
entry="$(sed -n 's/.*"entry": *"\([^"]*\)".*/\1/p' <<<"$keys")"
[ -n "$key" ] && [ -n "$entry" ] || fail "no key in the output of keys new: $keys"
echo "AITRADER_API_KEYS=$entry" >"$work/env"

# --- the image --------------------------------------------------------------------
mkdir -p bin/data
docker build --quiet --tag "$AITRADER_IMAGE" . >/dev/null 2>"$work/build" ||
  { cat "$work/build" >&2; fail "cannot build the image"; }
equal "user of the image" "$(docker image inspect --format '{{.Config.User}}' "$AITRADER_IMAGE")" 65532:65532
say "image size: $(($(docker image inspect --format '{{.Size}}' "$AITRADER_IMAGE") / 1000000)) MB"

# --- one job ------------------------------------------------------------------------
"${compose[@]}" run --rm -v "$work/prices.csv:/prices.csv:ro" batch prices import /prices.csv </dev/null >&2
"${compose[@]}" run --rm batch run --start 2025-10-01 --end 2025-10-02 </dev/null >"$work/run" && code=0 || code=$?
equal "exit code of a job" "$code" 0
grep -q "completed: 4 of 4 model-days" "$work/run" || fail "$(cat "$work/run")"
"${compose[@]}" run --rm batch run --start 2025-10-04 --end 2025-10-05 </dev/null >/dev/null 2>&1 && code=0 || code=$?
equal "exit code of a weekend" "$code" 1

# --- the service --------------------------------------------------------------------
status() { curl --silent --output "$work/body" --write-out '%{http_code}' --max-time 10 "$@"; }
# await WHAT WANT COMMAND...
await() {
  local what="$1" want="$2" got=""
  shift 2
  for _ in $(seq 90); do
    got="$("$@" 2>/dev/null || true)"
    [ "$got" = "$want" ] && { say "ok: $what: $got"; return; }
    sleep 1
  done
  fail "$what: got $got, want $want, after 90 s"
}
url="http://127.0.0.1:$AITRADER_PORT"
"${compose[@]}" up -d aitrader >/dev/null 2>&1 || fail "the service does not start"
container="$("${compose[@]}" ps -q aitrader)"
await "health over HTTP" 200 status "$url/health"
await "health check of Docker" healthy docker inspect --format '{{.State.Health.Status}}' "$container"
equal "without a key" "$(status "$url/leaderboard")" 401
equal "with the key" "$(status -H "X-API-Key: $key" "$url/leaderboard")" 200
grep -q '"model":"even"' "$work/body" || fail "the batch job is missing on the leaderboard: $(cat "$work/body")"
trigger='{"start_date":"2025-10-03","end_date":"2025-10-03"}'
code="$(status -H "X-API-Key: $key" -H 'Content-Type: application/json' -d "$trigger" "$url/simulate/trigger")"
equal "trigger" "$code" 202
job="$(sed -n 's/.*"job_id":"\([^"]*\)".*/\1/p' "$work/body")"
completed() {
  status -H "X-API-Key: $key" "$url/simulate/status/$job?wait=20&details=false" >/dev/null &&
    grep -o '"status":"completed"' "$work/body" | head -1
}
await "status of the job" '"status":"completed"' completed

# --- a clean stop and a kill lose nothing --------------------------------------------
docker stop --time 20 "$container" >/dev/null
equal "exit code of a clean stop" "$(docker inspect --format '{{.State.ExitCode}}' "$container")" 0
docker start "$container" >/dev/null
await "health after a start" 200 status "$url/health"
docker kill "$container" >/dev/null
docker start "$container" >/dev/null
await "health after a kill" 200 status "$url/health"
equal "results of all three days" "$(status -H "X-API-Key: $key" "$url/results?start_date=2025-10-01&model=even")" 200
grep -q '"date":"2025-10-01".*"date":"2025-10-03"' "$work/body" || fail "days are missing: $(cat "$work/body")"
say "passed"
