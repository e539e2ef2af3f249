#!/usr/bin/env bash
# The conformance tests: features and objects against scikit-image and SciPy, OME-Zarr against zarr-python, stacks and slides against tifffile and
# OpenSlide, outputs against the programs that open them, annotations against shapely, roifile, pycocotools and h5py, places against rasterio and
# ome-types, images by URL with moto, documents against their schemas, a worker against its own OpenAPI document.
# usage: run.sh FOLDER-OF-THE-PROGRAMS
set -euo pipefail
programs=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"

python=../../.venv-conformance/bin/python
# OpenBLAS settings of the machine are not meant for this environment.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

"$python" features_against_scikit_image.py "$programs/coppice"
"$python" families_against_scipy.py "$programs/coppice"
samples=../../../shared/data/seg/dsb2018
"$python" objects_against_scikit_image.py "$programs/coppice" $([[ -d "$samples" ]] && echo "$samples/masks" "$samples/images")
"$python" documents_against_schemas.py "$programs/coppice" "$programs/coppice-worker"
samples=../../../shared/data/formats/ome-zarr
"$python" ome_zarr_inputs.py "$programs/coppice" $([[ -d "$samples" ]] && echo "$samples")
"$python" stacks_and_slides.py "$programs/coppice"
"$python" outputs_elsewhere.py "$programs/coppice"
annotations=../../../shared/data/annotations
"$python" annotations_elsewhere.py "$programs/coppice" $([[ -d "$annotations" ]] && echo "$annotations")
"$python" strokes_against_cairosvg.py "$programs/coppice"
"$python" places_elsewhere.py "$programs/coppice"
"$python" urls.py "$programs/coppice" 2>/dev/null
SCHEMATHESIS=$(cd ../.. && pwd)/.venv-conformance/bin/schemathesis ./schemathesis.sh "$programs/coppice-worker"
