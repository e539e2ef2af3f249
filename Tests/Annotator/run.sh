#!/usr/bin/env bash
# Samples of the annotator's chaos: about a minute. The scripts play longer with --rounds, --kills or --strokes.
# usage: run.sh FOLDER-OF-THE-PROGRAMS
#
#     Tests/Annotator/run.sh .build/release
#
# With .venv-browser (Tests/Browser/setup.sh) tabs are a part of it; without it they are skipped by name.
set -euo pipefail
programs=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"

python=../../.venv-browser/bin/python
[ -x "$python" ] || python=python3
failed=0
for script in exact kills tabs lost_workers edges; do
    "$python" "$script.py" --sample --programs "$programs" || failed=1
done
exit "$failed"
