#!/usr/bin/env bash
# Deploys the template to LocalStack and runs a command, which finds LocalStack's
# address in AITRADER_LOCALSTACK:
#
#   scripts/localstack-up.sh go test ./functions -run TestLocalStack -v
#
# Uses the LocalStack at AWS_ENDPOINT_URL if one answers (localstack start). Otherwise
# starts a container and leaves it running; that requires Docker, the image of
# LocalStack and the base image of Lambda. 4.14.0 is the last open version. It has no
# HTTP APIs, so the functions are invoked directly.
set -euo pipefail
cd "$(dirname "$0")/.."
image=localstack/localstack:4.14.0 name=aitrader-localstack

fail() {
  echo "localstack-up: $*" >&2
  exit 1
}

case "$(uname -m)" in
  x86_64) architecture=x86_64 ;;
  aarch64 | arm64) architecture=arm64 ;;
  *) fail "Lambda does not support this architecture: $(uname -m)" ;;
esac

# Keep the AWS account of the user out of reach.
export AWS_ENDPOINT_URL="${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}"
export SAM_CLI_TELEMETRY=0
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_SESSION_TOKEN
case "$AWS_ENDPOINT_URL" in
  *amazonaws.com*) fail "AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL is AWS itself; set it to the address of LocalStack" ;;
esac

ready() { curl --silent --fail --max-time 2 "$AWS_ENDPOINT_URL/_localstack/health" >/dev/null; }

if ! ready; then
  docker version >/dev/null 2>&1 || fail "neither LocalStack answers at $AWS_ENDPOINT_URL nor a Docker daemon to start it"
  docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >&2 || fail "cannot pull $image"
  docker rm --force "$name" >/dev/null 2>&1 || true
  services=cloudformation,cloudwatch,dynamodb,events,iam,lambda,logs,s3,scheduler,sns,sqs,ssm,stepfunctions,sts
  docker run --detach --name "$name" --publish 127.0.0.1:4566:4566 --env "SERVICES=$services" \
    --volume /var/run/docker.sock:/var/run/docker.sock "$image" >/dev/null
  for _ in $(seq 120); do
    ready && break
    sleep 1
  done
  ready || { docker logs --tail 30 "$name" >&2; fail "LocalStack did not start"; }
fi

sam="$(scripts/venv.sh aws-sam-cli==1.170.0)/bin/sam"
export ARCHITECTURE="$architecture"
"$sam" build --no-cached --parameter-overrides "Architecture=$architecture"
"$sam" deploy --no-confirm-changeset --no-fail-on-empty-changeset --resolve-s3 \
  --stack-name aitrader --capabilities CAPABILITY_IAM \
  --parameter-overrides "Architecture=$architecture" AllowOpen=yes EndpointUrl=http://localhost.localstack.cloud:4566
AITRADER_LOCALSTACK="$AWS_ENDPOINT_URL" "$@"
