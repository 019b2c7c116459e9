#!/usr/bin/env bash
# Builds the functions with SAM CLI and runs a command that can invoke them in
# containers, against an emulated AWS:
#
#   scripts/sam-local.sh go test ./functions -run TestSAMLocal -v
#
# The command finds the path of SAM CLI in AITRADER_SAM, the network of the containers
# in AITRADER_SAM_NETWORK, and the emulated AWS in AITRADER_EMULATOR; it listens on the
# host's address in that network.
#
# Installs SAM CLI from PyPI in the user's cache folder, and Docker as with-docker.sh
# does. Pulls the base image of AWS; if that fails, builds a stand-in that contains
# little more than a shell. Removes everything it has started and made at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${AITRADER_WITH_DOCKER:-}" ] || exec scripts/with-docker.sh scripts/sam-local.sh "$@"

fail() {
  echo "sam-local: $*" >&2
  exit 1
}

case "$(uname -m)" in
  x86_64) architecture=x86_64 ;;
  aarch64 | arm64) architecture=arm64 ;;
  *) fail "Lambda does not support this architecture: $(uname -m)" ;;
esac
image=public.ecr.aws/lambda/provided
base=$image:al2023-$architecture
rapid=$image:al2023-rapid-$architecture # SAM CLI makes it from the base image

# Keep the AWS account of the user out of reach.
export SAM_CLI_TELEMETRY=0 AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_REGION AWS_SESSION_TOKEN

work="$(mktemp -d)"
network="aitrader-$$" standin="" command=""
stop() {
  [ -z "$command" ] || { kill "$command" 2>/dev/null && wait "$command" || true; }
  local containers
  containers="$(docker ps --all --quiet --filter "network=$network" 2>/dev/null || true)"
  # shellcheck disable=SC2086 # ids, one a word
  [ -z "$containers" ] || docker rm --force $containers >/dev/null || true
  docker network rm "$network" >/dev/null 2>&1 || true
  [ -z "$standin" ] || docker rmi --force "$base" "$rapid" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

# --- the base image ----------------------------------------------------------------
if ! docker image inspect "$base" >/dev/null 2>&1; then
  docker pull --quiet "$base" >&2 || standin=yes
elif [ "$(docker image inspect --format '{{index .Config.Labels "aitrader"}}' "$base")" = stand-in ]; then
  standin=yes # left behind by a killed run
fi
if [ -n "$standin" ]; then
  echo "sam-local: $base cannot be pulled; building a stand-in" >&2
  mkdir "$work/base"
  (
    cd "$work/base"
    apt-get download -qq -o APT::Sandbox::User=root busybox-static 2>/dev/null ||
      { apt-get update -qq && apt-get download -qq -o APT::Sandbox::User=root busybox-static; }
    dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -x --strip-components=2 ./bin/busybox
    cp /etc/ssl/certs/ca-certificates.crt .
    printf '%s\n' 'FROM scratch' 'LABEL aitrader=stand-in' 'COPY busybox /bin/busybox' \
      'COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt' \
      'RUN ["/bin/busybox", "--install", "-s", "/bin"]' 'WORKDIR /var/task' >Dockerfile
    docker rmi --force "$rapid" >/dev/null 2>&1 || true # made from an earlier base image
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$base" . >/dev/null 2>"$work/build" ||
      { cat "$work/build" >&2; fail "cannot build the stand-in"; }
  )
fi

# --- SAM CLI and the functions -----------------------------------------------------
AITRADER_SAM="$(scripts/venv.sh aws-sam-cli==1.170.0)/bin/sam"
export AITRADER_SAM AITRADER_SAM_NETWORK="$network" ARCHITECTURE="$architecture"
"$AITRADER_SAM" validate --lint
"$AITRADER_SAM" build --no-cached --parameter-overrides "Architecture=$architecture" >"$work/build" 2>&1 ||
  { cat "$work/build" >&2; fail "sam build failed"; }

docker network create "$network" >/dev/null
AITRADER_EMULATOR_ADDRESS="$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$network")"
export AITRADER_EMULATOR_ADDRESS
scripts/with-emulator.sh "$@" <&0 &
command=$!
wait "$command"
