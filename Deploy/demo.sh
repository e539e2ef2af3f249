#!/usr/bin/env bash
# Sets up, builds, and runs the demo: local workers, training, segmentation, and the result. Arguments go to `coppice demo`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Deploy/setup.sh
echo "demo: building (the first build takes some minutes)"
swift build --configuration release -Xswiftc -enable-testing
.build/release/coppice demo "$@"
