#!/usr/bin/env bash
# Runs the Swift tests, and names those that hang: a run of over half an hour is ended.
#
#     Tests/run.sh [options of swift test]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A few tests at a time, so that none waits for its turn longer than the limits that it is about.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((2 * $(nproc)))

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
timeout --kill-after=30 1800 swift test --configuration release "$@" 2>&1 | tee "$log" || status=$?
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
    echo "test: ended after 30 minutes; these had not ended:"
    # Each line is a mark, the kind, a name, and what became of it.
    sed -nE 's/^◇ (Test .*) started\.$/\1/p' "$log" | grep -v '^Test case ' | sort >"$log.started"
    sed -nE 's/^[✔✘➜] (Test .*) (passed|failed|skipped).*$/\1/p' "$log" | sed -E 's/ with [0-9]+ test cases?$//' | sort >"$log.ended"
    comm -23 "$log.started" "$log.ended"
    rm -f "$log.started" "$log.ended"
fi
exit "$status"
