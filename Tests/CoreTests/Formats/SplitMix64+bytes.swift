@testable import Primitives

/// Bytes for the tests of formats: a failing case is replayed from its printed seed.
extension SplitMix64 {
    /// `count` independent bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// A damaged copy of `bytes`: some bytes changed, and at times a part lost, repeated or the end cut off.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
            let at = Int.random(in: 0..<result.count, using: &self)
            switch Int.random(in: 0..<8, using: &self) {
            case 0: result.removeSubrange(at...)
            case 1: result.removeSubrange(at..<min(result.count, at + 4))
            case 2: result.insert(contentsOf: result[at..<min(result.count, at + 12)], at: at)
            case 3: result[at] = [0, 1, 0x7F, 0x80, 0xFF][Int.random(in: 0..<5, using: &self)]
            case 4: result[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            default: result[at] = UInt8.random(in: 0...255, using: &self)
            }
        }
        return result
    }
}
