#!/usr/bin/env bash
# The browser tests: the annotator's page in Debian's Chromium, on servers with local workers that are started here on free ports.
# usage: run.sh FOLDER-OF-THE-PROGRAMS [--sample] [OPTIONS OF pytest]
#
#     Tests/Browser/run.sh .build/release                 # everything
#     Tests/Browser/run.sh .build/release --sample        # a short selection
#     Tests/Browser/run.sh .build/release -k keyboard
#
# COPPICE_ORIGINAL_IMAGE names the image of the app that Coppice began with, segmentation_img.jpg: without it the walk on that image is skipped.
# COPPICE_SERVE_URL names a server that runs, for the tests that share one: a project with one image and "Class 1", "Class 2". What is painted there is erased.
set -euo pipefail
programs=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")"

./setup.sh
options=()
if [[ ${1:-} == --sample ]]; then
    shift
    options=(-m sample)
fi

# OpenBLAS settings of the machine are not meant for this environment.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

exec ../../.venv-browser/bin/python -m pytest -q -p no:cacheprovider --programs "$programs" "${options[@]}" "$@" .
