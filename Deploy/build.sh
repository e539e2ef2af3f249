#!/usr/bin/env bash
# Builds everything once, optimised and testable: the demo and all tests use this one build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift build --configuration release --build-tests -Xswiftc -enable-testing
