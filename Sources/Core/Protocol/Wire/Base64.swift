internal import CKernels
internal import Foundation
internal import Primitives

/// Base64 of bulk arrays (RFC 4648, the standard alphabet, padded), 32 characters at a time.
///
/// Equal to Foundation's, which is some five times slower, and strict: no white space, no missing padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// `[character]`: its value, or 255 where it has none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
    private static let pad = UInt8(ascii: "=")

    /// Characters for `byteCount` bytes.
    static func characterCount(forByteCount byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// Writes the characters of `bytes`.
    ///
    /// - Precondition: `target` has room for `characterCount(forByteCount:)`.
    static func encode(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) {
        guard let source = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        var taken = base64_encode_groups(source, bytes.count, target)
        var next = target + taken / 3 * 4
        while taken < bytes.count {
            let left = min(3, bytes.count - taken)
            var group = UInt32(source[taken]) << 16
            if left > 1 { group |= UInt32(source[taken + 1]) << 8 }
            if left > 2 { group |= UInt32(source[taken + 2]) }
            for index in 0..<4 {
                next[index] = index <= left ? alphabet[Int(group >> UInt32(18 - 6 * index)) & 63] : pad
            }
            taken += left
            next += 4
        }
    }

    /// The bytes that `characters` stand for; nil unless they are whole groups of four, padded at the end only.
    ///
    /// Bits of the last group that stand for no byte are ignored.
    static func decode(_ characters: UnsafeRawBufferPointer) -> Data? {
        let count = characters.count
        guard count.isMultiple(of: 4) else { return nil }
        guard count > 0, let source = characters.bindMemory(to: UInt8.self).baseAddress else { return Data() }
        let padding = source[count - 1] != pad ? 0 : source[count - 2] != pad ? 1 : 2
        let byteCount = count / 4 * 3 - padding
        var isValid = false
        let bytes = Data(unfilled: byteCount) { bytes in
            guard let target = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            isValid = decode(source, count, padding, to: target, byteCount)
        }
        return isValid ? bytes : nil
    }

    /// Writes what `count` characters stand for, of which the last `padding` are padding; false if others are none.
    private static func decode(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ padding: Int, to target: UnsafeMutablePointer<UInt8>, _ byteCount: Int
    ) -> Bool {
        var taken = base64_decode_groups(source, count, target, byteCount)
        while taken < count {
            var group: UInt32 = 0
            let left = taken + 4 == count ? 4 - padding : 4
            for index in 0..<4 {
                let value = index < left ? values[Int(source[taken + index])] : 0
                guard value < 64 else { return false }
                group = group << 6 | UInt32(value)
            }
            for index in 0..<left - 1 {
                target[taken / 4 * 3 + index] = UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * index))
            }
            taken += 4
        }
        return true
    }
}
