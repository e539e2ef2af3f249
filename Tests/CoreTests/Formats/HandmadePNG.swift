@testable import Compression

/// PNG files put together chunk by chunk, so that the reader is not only tested against the writer.
enum HandmadePNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// A file of unfiltered rows. `rows` are packed as the format stores them; `extra` chunks come before IDAT.
    static func file(
        width: Int, height: Int, bitDepth: Int, colourType: Int, rows: [[UInt8]], extra: [[UInt8]] = []
    ) throws -> [UInt8] {
        let raw: [UInt8] = Array(rows.map { [0] + $0 }.joined())
        return try signature + header(width: width, height: height, bitDepth: bitDepth, colourType: colourType)
            + Array(extra.joined()) + chunk("IDAT", Zlib.compress(raw, level: 6)) + chunk("IEND", [])
    }

    static func header(width: Int, height: Int, bitDepth: Int, colourType: Int, isInterlaced: Bool = false) -> [UInt8] {
        chunk(
            "IHDR",
            bigEndian(width) + bigEndian(height)
                + [UInt8(bitDepth), UInt8(colourType), 0, 0, isInterlaced ? 1 : 0])
    }

    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        bigEndian(content.count) + Array(type.utf8) + content + bigEndian(Int(crc32(Array(type.utf8) + content)))
    }

    /// Values of `bitDepth` bits, the first in the highest bits of the first byte.
    static func packed(_ values: [Int], bitDepth: Int) -> [UInt8] {
        if bitDepth == 16 { return values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
        let perByte = 8 / bitDepth
        return stride(from: 0, to: values.count, by: perByte).map { start in
            (0..<perByte).reduce(UInt8(0)) { byte, offset in
                let value = start + offset < values.count ? values[start + offset] : 0
                return byte << bitDepth | UInt8(value)
            }
        }
    }

    /// The CRC-32 of the PNG specification, bit by bit.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~remainder
    }

    static func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}
