#!/usr/bin/env bash
# Makes a Python environment of exactly the packages that a folder locks. Keeps the environment if the lock is the same.
# usage: Deploy/python.sh ENVIRONMENT FOLDER
#
# FOLDER has requirements.in (the direct needs), requirements.txt (the lock: wheels) and, where a package has no wheel,
# requirements-source.txt (the lock: source archives). Tests/Conformance/lock.sh writes both locks.
set -euo pipefail
environment=$1 folder=$2

cat_locks() { cat "$folder/requirements.in" "$folder"/requirements*.txt; }
stamp=$environment/locks.txt
if cmp --silent <(cat_locks) "$stamp"; then
    echo "python: $environment is up to date"
    exit 0
fi

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    "$(dirname "${BASH_SOURCE[0]}")/packages.sh" install python
fi

rm -rf "$environment"
python3 -m venv "$environment"
# Python compiles a module when it is first imported: most of these never are.
install=("$environment/bin/pip" install --quiet --disable-pip-version-check --no-compile)

version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
machine=$(uname -m)
if [[ $version == 3.11 ]] && grep -q "^# for Python 3.11 on .*\b$machine\b" "$folder/requirements.txt"; then
    echo "python: installing the $(grep -c == "$folder/requirements.txt") locked packages of $folder into $environment"
    locked=("${install[@]}" --require-hashes --no-deps)
    "${locked[@]}" --only-binary :all: --requirement "$folder/requirements.txt"
    # The wheels above include setuptools, so that the build tools are locked too.
    [[ ! -e $folder/requirements-source.txt ]] ||
        "${locked[@]}" --no-binary :all: --no-build-isolation --requirement "$folder/requirements-source.txt"
else
    echo "python: expected Python 3.11 on a machine of the lock, found $version on $machine; installs $folder/requirements.in without the lock" >&2
    "${install[@]}" --requirement "$folder/requirements.in"
fi
cat_locks >"$stamp"
