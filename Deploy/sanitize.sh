#!/usr/bin/env bash
# usage: Deploy/sanitize.sh address|thread [swift test options, such as --filter EndToEndTests]
#
# Builds the tests and both programs with AddressSanitizer or ThreadSanitizer in a folder of their own, .build-address or
# .build-thread, and runs the unit tests, or those that are asked for; end-to-end tests use the sanitized programs, and those that
# give a program little time or memory may fail. A report of the sanitizer ends the process that it is about.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sanitizer=${1:-}
case $sanitizer in
    address | thread) shift ;;
    *) sed -n 2p "$0" >&2; exit 64 ;;
esac

build=(--configuration release --scratch-path ".build-$sanitizer" --sanitize "$sanitizer" -Xswiftc -enable-testing)
# ThreadSanitizer does not see how Swift's own locks are handed over: see Sources/Core/Primitives/Lock.swift.
[[ $sanitizer != thread ]] || build+=(-Xswiftc -DTHREAD_SANITIZER)
swift build --build-tests "${build[@]}"

# Swift's own report of a crash can take minutes; the sanitizer's says more. XCTest, which has no tests here, leaks.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/Deploy/thread.supp"
(($#)) || set -- --filter '^(CoreTests|WorkerTests|CoordinatorTests)\.'
# A few tests at a time, so that none waits for its turn longer than the limits that it is about.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((2 * $(nproc)))
swift test --skip-build --disable-xctest "${build[@]}" "$@"
