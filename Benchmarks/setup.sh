#!/usr/bin/env bash
# Makes what the comparison needs: the peers' Python environment in .venv-benchmarks, and the data in data/.
# What is there is kept.
# usage: setup.sh [--venv FOLDER] [--data FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

venv=.venv-benchmarks data=data
while (($# > 0)); do
    case "$1" in
    --venv) venv=$2 ;;
    --data) data=$2 ;;
    *) echo "setup: expected --venv FOLDER or --data FOLDER, found $1" >&2 && exit 64 ;;
    esac
    shift 2
done

[[ $venv != .venv-benchmarks ]] || ../Deploy/python.sh "$venv" .

# OpenBLAS settings of the machine are not meant for this environment.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
"$venv/bin/python" make_data.py "$data"
