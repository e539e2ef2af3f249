#!/usr/bin/env bash
# Instructions of one run of each kernel on small input, counted by callgrind: the same on every run, however busy the machine.
# Needs valgrind, the programs that run.sh builds, and the data that setup.sh makes.
# usage: instructions.sh [--data FOLDER]
#
# A kernel's count is the difference between two runs in one process and one run: reading, start-up and first touches cancel out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

data=data
[[ ${1:-} == --data ]] && data=$2
coppice=${COPPICE:-../.build/release/coppice} kernels=${KERNELS:-../.build/release/kernels}
scratch=$(mktemp --directory)
trap 'rm -rf "$scratch"' EXIT

# Without debugging information, which older valgrinds cannot read.
strip --strip-debug -o "$scratch/kernels" "$kernels"
"$coppice" train "$data/img1024.png" "$data/scribbles1024.png" --output "$scratch/model.json" --quiet >/dev/null

# Instructions of a process with so many runs.
count() {
    local runs=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$scratch/kernels" "$@" --threads 1 --warm-ups 0 --runs "$runs" 2>&1 >/dev/null | sed -n 's/.*Collected : *//p'
}

# row NAME ITEMS ARGUMENTS...
row() {
    local name=$1 items=$2 instructions
    shift 2
    instructions=$(($(count 2 "$@") - $(count 1 "$@")))
    printf '| %s | %d | %d |\n' "$name" "$instructions" $((instructions / items))
}

echo "| kernel | instructions | per pixel or sample |"
echo "|---|---|---|"
image=("$data/img1024.png" --crop 256 --tile 256)
row "features-bins, 256² RGB, 72 features" 65536 features-bins "${image[@]}"
row "features-planes, 256² RGB, 72 features" 65536 features-planes "${image[@]}"
row "train, 2,000 samples, 10 trees" 2000 train "$data/X20k.npy" "$data/y20k.npy" --samples 2000 --trees 10
row "labels, 256², 100 trees of 20k" 65536 labels "$scratch/model.json" "${image[@]}"
