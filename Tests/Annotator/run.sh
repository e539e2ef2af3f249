#!/bin/sh
# Samples of the annotator's chaos: less than a minute. The scripts run longer with --rounds, --kills or --strokes.
#
#     Tests/Annotator/run.sh [FOLDER OF THE PROGRAMS]
#
# With .venv-browser (Tests/Browser/setup.sh) tabs are a part of it; without it they are skipped by name.
set -eu
cd "$(dirname "$0")/../.."
programs=${1:-.build/release}
python=python3
[ -x .venv-browser/bin/python ] && python=.venv-browser/bin/python
failed=0
for script in exact kills tabs lost_workers edges; do
    "$python" "Tests/Annotator/$script.py" --sample --programs "$programs" || failed=1
done
exit "$failed"
