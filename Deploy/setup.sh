#!/usr/bin/env bash
# Installs the Debian packages that Coppice is built with, where they are missing, and checks the Swift toolchain.
set -euo pipefail

release=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-without a version}") || release=unknown
[[ $release == "debian 12" ]] || echo "setup: expected Debian 12, found ${release}; goes on" >&2

# The release is the pin: versions are not, since a security update removes the version that it replaces.
packages=(
    libcurl4-openssl-dev libpng-dev libjpeg62-turbo-dev libtiff-dev libopenjp2-7-dev libsqlite3-dev libdeflate-dev libzstd-dev libblosc-dev libexpat1-dev libzip-dev libcairo2-dev libhdf5-dev libopenslide0
    pkg-config openssl
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done

if ((${#missing[@]})); then
    echo "setup: installing the Debian packages ${missing[*]}"
    as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || { echo "setup: expected root or sudo to install ${missing[*]}, found neither" >&2; exit 1; }
        as_root=(sudo)
    fi
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "setup: all Debian packages are installed (${packages[*]})"
fi

if ! command -v swift >/dev/null; then
    echo "setup: expected Swift 6.3 on the PATH, found none; see https://www.swift.org/install" >&2
    exit 1
fi
echo "setup: $(swift --version 2>/dev/null | head -n 1)"
