internal import Compression

/// The checksum CRC-32C (Castagnoli; RFC 3720, section 12.1), stored little-endian after the bytes that it covers.
enum CRC32C {
    static let byteCount = 4

    /// The polynomial 0x1EDC6F41 with its bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// The remainders of all bytes.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 1 ? polynomial : 0) }
    }

    /// - Complexity: O(n).
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { remainder, byte in remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] }
        }
    }

    /// The bytes before the checksum.
    ///
    /// - Throws: `CodecError` unless they end with their checksum.
    static func stripped(_ bytes: [UInt8]) throws(CodecError) -> [UInt8] {
        guard bytes.count >= byteCount else { throw CodecError("expected a checksum of 4 bytes, found \(bytes.count) bytes") }
        let (expected, found) = bytes.withUnsafeBytes { bytes in
            (
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - byteCount, as: UInt32.self)),
                checksum(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - byteCount)]))
            )
        }
        guard expected == found else {
            throw CodecError("expected the checksum \(String(expected, radix: 16)), found \(String(found, radix: 16))")
        }
        return Array(bytes.dropLast(byteCount))
    }
}
