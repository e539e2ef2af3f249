#!/usr/bin/env bash
# Runs the recipes: every output of the programs has the bytes that are recorded in hashes.json.
# usage: run.sh FOLDER-OF-THE-PROGRAMS [OPTIONS OF recipes.py]
set -euo pipefail
programs=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")"

# OpenBLAS settings of the machine are not meant for this environment.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

exec ../../.venv-conformance/bin/python recipes.py "$programs" "$@"
