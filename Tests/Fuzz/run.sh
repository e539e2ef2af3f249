#!/usr/bin/env bash
# usage: Tests/Fuzz/run.sh SECONDS [TARGET…]
#
# Builds the fuzz targets (Annotations Images NPY Model Wire HTTP) with coverage and AddressSanitizer and runs each for SECONDS, one after
# the other. Prints executions, coverage and the size of the corpus per target, and ends with 1 at the first finding: a crash, an
# answer that breaks a promise, more memory or time than the target's limit. The input that did it is left in
# .build-fuzz/findings/TARGET-…; `.build-fuzz/release/TARGET FILE` repeats it.
#
# The corpus grows in .build-fuzz/corpus/TARGET. It starts from the target's own seeds, Tests/Fuzz/Corpora/TARGET, and the
# files under $COPPICE_FUZZ_SEEDS/TARGET if there are any; what grows from those lies in .build-fuzz/corpus-others, so that nothing of
# others gets into the project. `run.sh minimise` writes small corpora back to Tests/Fuzz/Corpora.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export SWIFT_BACKTRACE=enable=no COPPICE_FUZZ=1

(($# >= 1)) || { sed -n 2p "$0" >&2; exit 64; }
seconds=$1
shift
targets=("$@")
((${#targets[@]})) || targets=(Annotations Images NPY Model Wire HTTP)

scratch=.build-fuzz
corpus=$scratch/corpus
[[ -z ${COPPICE_FUZZ_SEEDS:-} || $seconds == minimise ]] || corpus=$scratch/corpus-others
findings=$scratch/findings
mkdir -p "$corpus" "$findings"

for target in "${targets[@]}"; do
    swift build --scratch-path "$scratch" --configuration release --sanitize address \
        -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer --product "$target" >"$scratch/build.log" 2>&1 ||
        { tail -n 40 "$scratch/build.log" >&2; exit 70; }
done

# What a target may take: resident memory and one allocation in MiB (AddressSanitizer's own included), bytes of an input.
# Annotations have no more values than bytes, but a label patch may have a million rows; images hold 64 MiB at most, wire documents and jobs unpack to 16 MiB and compute in 16 MiB, the HTTP worker has 16 MiB in all.
limits() {
    case $1 in
        Annotations) echo "-rss_limit_mb=1024 -malloc_limit_mb=128 -max_len=16384 -dict=Tests/Fuzz/Dictionaries/annotations.dict" ;;
        Images) echo "-rss_limit_mb=768 -malloc_limit_mb=72 -max_len=65536 -dict=Tests/Fuzz/Dictionaries/images.dict" ;;
        NPY) echo "-rss_limit_mb=512 -malloc_limit_mb=8 -max_len=16384 -dict=Tests/Fuzz/Dictionaries/npy.dict" ;;
        Model) echo "-rss_limit_mb=768 -malloc_limit_mb=64 -max_len=65536 -dict=Tests/Fuzz/Dictionaries/json.dict" ;;
        Wire) echo "-rss_limit_mb=768 -malloc_limit_mb=64 -max_len=65536 -dict=Tests/Fuzz/Dictionaries/json.dict" ;;
        HTTP) echo "-rss_limit_mb=768 -malloc_limit_mb=32 -max_len=16384 -dict=Tests/Fuzz/Dictionaries/http.dict" ;;
        *) echo "run.sh: expected one of Annotations Images NPY Model Wire HTTP, found $1" >&2; exit 64 ;;
    esac
}

# A target's own seeds, the committed corpus and the files at hand, gathered under one folder.
gather() {
    mkdir -p "$corpus/$1"
    "$scratch/release/$1" seeds "$corpus/$1"
    local folder
    for folder in "Tests/Fuzz/Corpora/$1" "${COPPICE_FUZZ_SEEDS:-/nonexistent}/$1"; do
        [[ -d $folder ]] || continue
        find "$folder" -type f -size -64k -print0 | xargs --null --no-run-if-empty cp --backup=numbered -t "$corpus/$1"
    done
}

if [[ $seconds == minimise ]]; then
    for target in "${targets[@]}"; do
        small=$(mktemp --directory)
        # shellcheck disable=SC2046
        "$scratch/release/$target" $(limits "$target") -merge=1 "$small" "$corpus/$target" 2>"$scratch/$target.log"
        mkdir -p "Tests/Fuzz/Corpora/$target"
        find "Tests/Fuzz/Corpora/$target" -type f -delete
        # In blocks of 512 bytes: an HDF5 file has 8 kB at least.
        largest=9
        [[ $target != Annotations ]] || largest=25
        # A sample, as names are hashes: at most 150 inputs, as many as fit.
        total=0
        count=0
        while read -r size file; do
            total=$((total + size))
            ((total <= ${COPPICE_FUZZ_CORPUS_BYTES:-48000} && ++count <= 150)) || break
            cp "$file" "Tests/Fuzz/Corpora/$target/"
        done < <(find "$small" -type f -size "-$largest" -printf '%s %p\n' | sort -k2)
        rm -r "$small"
        echo "$target: $(find "Tests/Fuzz/Corpora/$target" -type f | wc -l) inputs kept"
    done
    exit 0
fi

for target in "${targets[@]}"; do
    options=$(limits "$target")
    gather "$target"
    # The HTTP worker lives on at the end; its blobs hang on an enum whose pointers have spare bits set, which LeakSanitizer does
    # not follow (674 bytes, however many inputs were run).
    leaks=1
    [[ $target != HTTP ]] || leaks=0
    log=$scratch/$target.log
    status=0
    # shellcheck disable=SC2086
    # What AddressSanitizer itself takes counts as resident, so its store of freed blocks (256 MiB) and of their call stacks is kept small.
    asan=detect_leaks=$leaks:quarantine_size_mb=64:malloc_context_size=8
    ASAN_OPTIONS=$asan "$scratch/release/$target" $options -timeout=25 -max_total_time="$seconds" -print_final_stats=1 -use_value_profile=1 \
        -artifact_prefix="$findings/$target-" "$corpus/$target" >"$log" 2>&1 || status=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    coverage=$(grep -o 'cov: [0-9]* ft: [0-9]* corp: [0-9]*/[0-9A-Za-z]*' "$log" | tail -n 1 || true)
    echo "$target: ${executions:-0} executions in $seconds s, $coverage, peak ${peak:-?} MiB, status $status"
    if ((status != 0)); then
        echo "run.sh: a finding of $target, see $log" >&2
        exit 1
    fi
done
