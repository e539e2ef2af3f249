#!/usr/bin/env bash
# The Debian packages that set-up installs. This is their only list.
# usage: Deploy/packages.sh print SET            the packages of a set, one a line: build, python or browser
#        Deploy/packages.sh install SET          installs those that are missing
#        Deploy/packages.sh document             prints the paragraph that documents have
#        Deploy/packages.sh check FILE           ends with 1 unless FILE has that paragraph
set -euo pipefail

# The release is the pin: versions are not, since a security update removes the version that it replaces.
build=(
    libcurl4-openssl-dev libssl-dev libpng-dev libjpeg62-turbo-dev libtiff-dev libopenjp2-7-dev libsqlite3-dev libdeflate-dev libzstd-dev
    libblosc-dev libexpat1-dev libzip-dev libcairo2-dev libhdf5-dev libopenslide0 pkg-config openssl
)
python=(python3 python3-venv)
browser=(chromium fonts-dejavu-core)

usage() {
    sed -n '3,6s/^# //p' "$0" >&2
    exit 64
}

packages() {
    case $1 in
        build) printf '%s\n' "${build[@]}" ;;
        python) printf '%s\n' "${python[@]}" ;;
        browser) printf '%s\n' "${browser[@]}" ;;
        *) usage ;;
    esac
}

document() {
    local sentence
    sentence="Debian packages that set-up installs where they are missing: \`${build[*]}\`; for the tests also \`${python[*]} ${browser[*]}\`."
    fold --spaces --width=140 <<<"$sentence" | sed 's/ *$//'
}

install() {
    local package missing=() as_root=() list
    list=$(packages "$1")
    for package in $list; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        echo "packages: all Debian packages are installed (${list//$'\n'/ })"
        return
    fi
    echo "packages: installing the Debian packages ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || { echo "packages: expected root or sudo to install ${missing[*]}, found neither" >&2; exit 1; }
        as_root=(sudo)
    fi
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

check() {
    local expected
    expected=$(document)
    # Command substitution drops line ends at the end of the file, and the paragraph has none.
    [[ $(<"$1") == *"$expected"* ]] && return
    printf '%s: expected the paragraph that Deploy/packages.sh document prints, found none:\n%s\n' "$1" "$expected" >&2
    exit 1
}

case "${1:-} $#" in
    "print 2") packages "$2" ;;
    "install 2") install "$2" ;;
    "document 1") document ;;
    "check 2") check "$2" ;;
    *) usage ;;
esac
