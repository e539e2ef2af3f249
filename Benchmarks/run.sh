#!/usr/bin/env bash
# Builds Coppice and its kernels, and compares them with the peers: all lines (under an hour), or those that are named.
# usage: run.sh [--venv FOLDER] [--data FOLDER] [--no-build] [--quick] [--rounds N] [--threads N] [LINE ...]
#        run.sh --help lists the lines
set -euo pipefail
invoked_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

venv=.venv-benchmarks data=data build=yes
options=()
while (($# > 0)); do
    case "$1" in
    --venv) venv=$(cd "$invoked_in" && realpath --no-symlinks "$2") && shift ;;
    --data) data=$(cd "$invoked_in" && realpath --no-symlinks "$2") && shift ;;
    --no-build) build=no ;;
    --help) exec python3 compare.py --help ;;
    *) options+=("$1") ;;
    esac
    shift
done

if [[ $build == yes ]]; then
    # The flags of Deploy/build.sh, so that one build serves all.
    COPPICE_BENCHMARKS=1 swift build --package-path .. --configuration release -Xswiftc -enable-testing
fi
./setup.sh --venv "$venv" --data "$data"
exec "$venv/bin/python" compare.py --data "$data" "${options[@]}"
