#!/bin/sh
# Holds a worker against its own OpenAPI document: usage: schemathesis.sh WORKER [EXAMPLES]
#
# Starts the worker binary on a free port with a random token, sends it generated requests, valid and not, and ends with the
# status of schemathesis: 0 when every answer was as documented. The same seed and examples every time. The program
# `schemathesis` is taken from the path, or from the variable SCHEMATHESIS.
set -eu

worker=${1:?"usage: schemathesis.sh WORKER [EXAMPLES]"}
examples=${2:-50}
schemathesis=${SCHEMATHESIS:-schemathesis}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
pid=

finish() {
    status=$?
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || true
    rm -rf "$scratch"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

COPPICE_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export COPPICE_TOKEN
"$worker" --slots 2 --memory 256M >"$scratch/url" &
pid=$!
tries=0
until [ -s "$scratch/url" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || { echo "schemathesis.sh: the worker does not listen" >&2; exit 69; }
    sleep 0.1
done
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$scratch/url")

check() {
    (cd "$scratch" && "$schemathesis" --config-file "$here/schemathesis.toml" run "$url/openapi.json" \
        --checks all --seed 20 --max-examples "$examples" \
        --request-timeout 30 --suppress-health-check all --generation-database none "$@")
}

# A drained worker refuses every job, so that comes last; its 503 is an answer like any other.
check --exclude-path /v1/drain
check --include-path /v1/drain --include-path /readyz --include-path /v1/jobs \
    --exclude-checks not_a_server_error --phases examples,coverage,fuzzing
kill -0 "$pid" || { echo "schemathesis.sh: the worker died" >&2; exit 70; }
