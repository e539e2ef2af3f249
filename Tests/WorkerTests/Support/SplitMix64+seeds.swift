internal import Foundation
@testable internal import Primitives

extension SplitMix64 {
    /// The seeds to try: the one of the environment variable COPPICE_TEST_SEED, else `count` of them.
    static func seeds(_ count: UInt64) -> [UInt64] {
        ProcessInfo.processInfo.environment["COPPICE_TEST_SEED"].flatMap(UInt64.init).map { [$0] } ?? Array(0..<count)
    }
}
