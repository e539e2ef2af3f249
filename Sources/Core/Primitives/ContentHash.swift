package import Foundation

/// The SHA-256 of some bytes, written as 64 lower-case hexadecimal digits: the name of a blob and of a job.
package struct ContentHash: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes, as they lie in memory. Not a SIMD vector: that would need an alignment of 32 bytes, and asynchronous frames keep only 16.
    private var words: Words

    private struct Words: Hashable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// The hash of `bytes`.
    ///
    /// - Complexity: O(n), at about the speed of the processor's SHA instructions.
    package init(of bytes: some DataProtocol) {
        var hash = SHA256()
        hash.update(bytes)
        self = hash.finish()
    }

    /// The hash whose 32 bytes `fill` writes.
    init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        words = Words()
        withUnsafeMutableBytes(of: &words, fill)
    }

    /// The hash whose bytes these are; nil unless they are 32.
    package init?(digest: some ContiguousBytes) {
        let words = digest.withUnsafeBytes { bytes in
            bytes.count == Self.byteCount ? bytes.loadUnaligned(as: Words.self) : nil
        }
        guard let words else { return nil }
        self.words = words
    }

    private static let byteCount = 32

    /// Nil unless `hex` is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard hex.utf8.count == 2 * Self.byteCount else { return nil }
        words = Words()
        let isHex = withUnsafeMutableBytes(of: &words) { bytes in
            for (index, digit) in hex.utf8.enumerated() {
                let value: UInt8
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
                default: return false
                }
                bytes[index / 2] = bytes[index / 2] << 4 | value
            }
            return true
        }
        guard isHex else { return nil }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
                for (index, byte) in bytes.enumerated() {
                    for (offset, digit) in [byte >> 4, byte & 15].enumerated() {
                        text[2 * index + offset] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                    }
                }
                return 2 * Self.byteCount
            }
        }
    }

    /// Calls `body` with the 32 bytes of the hash.
    package func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        Swift.withUnsafeBytes(of: words, body)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = ContentHash(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected 64 lower-case hexadecimal digits, found \"\(text.prefix(80))\"")
        }
        self = hash
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    package var description: String { hex }
}
