#!/bin/sh
# The browser tests against a server that runs, or against one that is started here.
#
#     Tests/Browser/run.sh                                             # starts coppice serve on a copy of an image
#     COPPICE_SERVE_URL=http://127.0.0.1:8800 Tests/Browser/run.sh     # a project with one image, classes "Class 1" and "Class 2"
#     Tests/Browser/run.sh -k keyboard                                 # arguments are pytest's
#
# COPPICE is the program, COPPICE_TEST_IMAGE the image. The tests paint into the project and erase what is in it.
set -eu
cd "$(dirname "$0")/../.."
[ -x .venv-browser/bin/pytest ] || Tests/Browser/setup.sh

if [ -z "${COPPICE_SERVE_URL:-}" ]; then
    coppice=${COPPICE:-.build/release/coppice}
    image=${COPPICE_TEST_IMAGE:?name an image of at least 640 × 480 pixels}
    folder=$(mktemp -d)
    port=${COPPICE_SERVE_PORT:-8871}
    cp "$image" "$folder/"
    "$coppice" serve "$folder/$(basename "$image")" --port "$port" >"$folder/serve.log" 2>&1 &
    server=$!
    trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT INT TERM
    COPPICE_SERVE_URL=http://127.0.0.1:$port
    export COPPICE_SERVE_URL
    tries=0
    until python3 -c "import urllib.request; urllib.request.urlopen('$COPPICE_SERVE_URL/', timeout=1)" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then cat "$folder/serve.log" >&2; exit 1; fi
        sleep 0.2
    done
fi
.venv-browser/bin/pytest -q -p no:cacheprovider Tests/Browser "$@"
