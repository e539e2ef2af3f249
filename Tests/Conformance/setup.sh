#!/usr/bin/env bash
# Makes the Python environment of the conformance tests, which hold Coppice against scikit-image, zarr-python, JSON
# Schema and schemathesis, and open its outputs with tifffile, OpenSlide, libvips and ome-zarr-py.
# Nothing of it is used when Coppice runs. Tests/Conformance/lock.sh locks the versions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

exec Deploy/python.sh .venv-conformance Tests/Conformance
