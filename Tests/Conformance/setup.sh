#!/usr/bin/env bash
# Makes the Python environment of the conformance tests, which hold Coppice against scikit-image, zarr-python, JSON
# Schema and schemathesis, and open its outputs with tifffile, OpenSlide, libvips and ome-zarr-py.
# Nothing of it is used when Coppice runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

stamp=.venv-conformance/requirements.txt
if cmp --silent Tests/Conformance/requirements.txt "$stamp"; then
    echo "conformance: the Python environment is up to date"
    exit 0
fi

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "conformance: installing the Debian packages python3 python3-venv"
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
fi

echo "conformance: installing scikit-image, zarr, jsonschema, schemathesis, tifffile, openslide, pyvips and ome-zarr into .venv-conformance"
rm -rf .venv-conformance
python3 -m venv .venv-conformance
.venv-conformance/bin/pip install --quiet --disable-pip-version-check --requirement Tests/Conformance/requirements.txt
cp Tests/Conformance/requirements.txt "$stamp"
