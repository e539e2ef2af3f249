#!/usr/bin/env bash
# Locks every Python package of the tests and benchmarks: reads requirements.in, writes requirements.txt (wheels) and
# requirements-source.txt (packages without a wheel), with the hashes of the files that Debian 12 can install.
# Keeps the locked versions where requirements.in still allows them; --upgrade takes the newest.
# usage: lock.sh [--upgrade] [FOLDER…]        (Tests/Conformance and Benchmarks without a folder)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

upgrade=()
if [[ ${1:-} == --upgrade ]]; then
    upgrade=(--upgrade)
    shift
fi
(($#)) || set -- Tests/Conformance Benchmarks

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9

# Debian 12 has Python 3.11.2 and glibc 2.36. Source archives are for packages that have no wheel at all.
compile=("$work/tools/bin/uv" pip compile --quiet --no-config --python-version 3.11.2 --only-binary :all: --no-binary pyvips)

for folder; do
    pins=$work/pins.txt
    cat "$folder"/requirements*.txt >"$pins" 2>/dev/null || true
    "${compile[@]}" "${upgrade[@]}" --python-platform x86_64-manylinux_2_36 --no-header --no-annotate "$folder/requirements.in" --output-file "$pins" >/dev/null

    # One machine after another, since a resolution lists the files of one machine only.
    rm -f "$work"/pylock.*.toml
    machines=()
    for machine in x86_64 aarch64; do
        if "${compile[@]}" --python-platform "$machine-manylinux_2_36" --no-deps --format pylock.toml "$pins" \
            --output-file "$work/pylock.$machine.toml" >/dev/null 2>"$work/errors"; then
            machines+=("$machine")
        elif [[ $machine == x86_64 ]]; then
            cat "$work/errors" >&2
            exit 1
        else
            echo "lock: $folder: some package has no wheel for $machine; the lock is for ${machines[*]} only" >&2
        fi
    done

    python3 - "$folder" "$work"/pylock.*.toml <<'PYTHON'
import pathlib, sys, tomllib

folder, *paths = map(pathlib.Path, sys.argv[1:])
wheels, sources = {}, {}
for path in paths:
    for package in tomllib.loads(path.read_text())["packages"]:
        pin = f"{package['name']}=={package['version']}"
        lock = wheels if "wheels" in package else sources
        files = package.get("wheels") or [package["sdist"]]
        lock.setdefault(pin, set()).update(file["hashes"]["sha256"] for file in files)

machines = ", ".join(path.suffixes[0].removeprefix(".") for path in reversed(paths))
head = f"# for Python 3.11 on {machines}; written by Tests/Conformance/lock.sh\n"
for name, lock in (("requirements.txt", wheels), ("requirements-source.txt", sources)):
    lines = [" \\\n    ".join([pin, *(f"--hash=sha256:{h}" for h in sorted(lock[pin]))]) for pin in sorted(lock)]
    if lines:
        (folder / name).write_text(head + "\n".join(lines) + "\n")
    else:
        (folder / name).unlink(missing_ok=True)
print(f"lock: {folder}: {len(wheels)} wheels and {len(sources)} source archives, for {machines}")
PYTHON
done
