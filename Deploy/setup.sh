#!/usr/bin/env bash
# Installs the Debian packages that Coppice is built with, where they are missing, and checks the Swift toolchain.
set -euo pipefail

release=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-without a version}") || release=unknown
[[ $release == "debian 12" ]] || echo "setup: expected Debian 12, found ${release}; goes on" >&2

"$(dirname "${BASH_SOURCE[0]}")/packages.sh" install build

if ! command -v swift >/dev/null; then
    echo "setup: expected Swift 6.3 on the PATH, found none; see https://www.swift.org/install" >&2
    exit 1
fi
echo "setup: $(swift --version 2>/dev/null | head -n 1)"
