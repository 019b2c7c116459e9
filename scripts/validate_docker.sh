#!/usr/bin/env bash
# Builds the container image and runs it as compose.yaml says: one job as a batch,
# then the service over the same volume, with its health check, its keys, an orderly
# end and a kill. Needs bin/aitrader (make build); Docker comes as with-docker.sh
# says, Compose from Debian where it is missing. Nothing of it is left at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${AITRADER_WITH_DOCKER:-}" ] || exec scripts/with-docker.sh scripts/validate_docker.sh "$@"

say() { echo "validate_docker: $*" >&2; }
fail() {
  say "FAILED: $*"
  exit 1
}
# equal WHAT GOT WANTED
equal() {
  [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
  say "ok: $1: $2"
}

if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
else
  if ! command -v docker-compose >/dev/null; then
    [ "$(id -u)" = 0 ] || fail "docker compose is missing"
    say "installing Compose"
    log="$(mktemp)"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends docker-compose >"$log" 2>&1 || { cat "$log" >&2; fail "Compose cannot be installed"; }
    rm -f "$log"
  fi
  compose=(docker-compose)
fi

work="$(mktemp -d)"
export COMPOSE_PROJECT_NAME="aitrader-validate-$$"
export AITRADER_IMAGE="$COMPOSE_PROJECT_NAME" AITRADER_CONFIGS="$work/configs" AITRADER_ENV_FILE="$work/env" AITRADER_PORT="${AITRADER_PORT:-18080}"
clean() {
  "${compose[@]}" down --volumes --timeout 10 >/dev/null 2>&1 || true
  docker rmi --force "$AITRADER_IMAGE" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

# --- what a user has: a configuration, a key, prices ------------------------------
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
[ -n "$key" ] && [ -n "$entry" ] || fail "a key cannot be read out of: $keys"
echo "AITRADER_API_KEYS=$entry" >"$work/env"

# --- the image --------------------------------------------------------------------
mkdir -p bin/data
docker build --quiet --tag "$AITRADER_IMAGE" . >/dev/null 2>"$work/build" || { cat "$work/build" >&2; fail "the image cannot be built"; }
equal "user of the image" "$(docker image inspect --format '{{.Config.User}}' "$AITRADER_IMAGE")" 65532:65532
say "size of the image: $(($(docker image inspect --format '{{.Size}}' "$AITRADER_IMAGE") / 1000000)) MB"

# --- one job ------------------------------------------------------------------------
"${compose[@]}" run --rm -v "$work/prices.csv:/prices.csv:ro" batch prices import /prices.csv </dev/null >&2
"${compose[@]}" run --rm batch run --start 2025-10-01 --end 2025-10-02 </dev/null >"$work/run" && code=0 || code=$?
equal "exit code of a job" "$code" 0
grep -q "completed: 4 of 4 model-days" "$work/run" || fail "$(cat "$work/run")"
"${compose[@]}" run --rm batch run --start 2025-10-04 --end 2025-10-05 </dev/null >/dev/null 2>&1 && code=0 || code=$?
equal "exit code of a weekend" "$code" 1

# --- the service --------------------------------------------------------------------
status() { curl --silent --output "$work/body" --write-out '%{http_code}' --max-time 10 "$@"; }
# await WHAT WANTED COMMAND...
await() {
  local what="$1" wanted="$2" got=""
  shift 2
  for _ in $(seq 90); do
    got="$("$@" 2>/dev/null || true)"
    [ "$got" = "$wanted" ] && { say "ok: $what: $got"; return; }
    sleep 1
  done
  fail "$what: $got instead of $wanted after 90 s"
}
url="http://127.0.0.1:$AITRADER_PORT"
"${compose[@]}" up -d aitrader >/dev/null 2>&1 || fail "the service does not start"
container="$("${compose[@]}" ps -q aitrader)"
await "health over HTTP" 200 status "$url/health"
await "health check of Docker" healthy docker inspect --format '{{.State.Health.Status}}' "$container"
equal "without a key" "$(status "$url/leaderboard")" 401
equal "with the key" "$(status -H "X-API-Key: $key" "$url/leaderboard")" 200
grep -q '"model":"even"' "$work/body" || fail "the job of the batch is not on the board: $(cat "$work/body")"
equal "a trigger" "$(status -H "X-API-Key: $key" -H 'Content-Type: application/json' -d '{"start_date":"2025-10-03","end_date":"2025-10-03"}' "$url/simulate/trigger")" 202
job="$(sed -n 's/.*"job_id":"\([^"]*\)".*/\1/p' "$work/body")"
completed() { status -H "X-API-Key: $key" "$url/simulate/status/$job?wait=20&details=false" >/dev/null && grep -o '"status":"completed"' "$work/body" | head -1; }
await "end of its job" '"status":"completed"' completed

# --- it ends, is killed, and has lost nothing ---------------------------------------
docker stop --time 20 "$container" >/dev/null
equal "exit code of an orderly end" "$(docker inspect --format '{{.State.ExitCode}}' "$container")" 0
docker start "$container" >/dev/null
await "health after a start" 200 status "$url/health"
docker kill "$container" >/dev/null
docker start "$container" >/dev/null
await "health after a kill" 200 status "$url/health"
equal "results of all three days" "$(status -H "X-API-Key: $key" "$url/results?start_date=2025-10-01&model=even")" 200
grep -q '"date":"2025-10-01".*"date":"2025-10-03"' "$work/body" || fail "days are missing: $(cat "$work/body")"
say "all is well"
