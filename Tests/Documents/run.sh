#!/usr/bin/env bash
# The checks of documents: links, the length of README, the line of packages, and the commands that pages tell a reader to type.
# usage: run.sh FOLDER-OF-THE-PROGRAMS [OPTIONS OF run_commands.py]
set -euo pipefail
programs=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")"

# OpenBLAS settings of the machine are not meant for this environment.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
python=../../.venv-conformance/bin/python

"$python" -m unittest --quiet test_checks
"$python" check_pages.py
../../Deploy/packages.sh check ../../README.md
exec "$python" run_commands.py "$programs" "$@"
