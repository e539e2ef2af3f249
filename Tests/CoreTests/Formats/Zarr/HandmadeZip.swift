@testable import Compression

/// ZIP archives put together record by record (APPNOTE.TXT of PKWARE), so that what programs write and what harms can be made.
struct HandmadeZip {
    struct Entry {
        var name: String
        var content: [UInt8]
        var isDeflated = false
        /// What the records say of the entry, where it is not so.
        var method: Int?
        var claimedByteCount: Int?
        var checksum: UInt32?
        var flags = 0
    }

    var entries: [Entry]
    /// Whether sizes and places are in the records of 64 bits, and the others say nothing.
    var isZip64 = false
    /// What the end of the archive says of the number of entries, where it is not so.
    var claimedEntryCount: Int?

    init(_ values: [(key: String, bytes: [UInt8])], isDeflated: Bool = false, in folder: String = "", isZip64: Bool = false) {
        entries = values.map { Entry(name: folder + $0.key, content: $0.bytes, isDeflated: isDeflated) }
        self.isZip64 = isZip64
    }

    var bytes: [UInt8] {
        get throws {
            var archive: [UInt8] = []
            var directory: [UInt8] = []
            for entry in entries {
                // The deflate stream of a zlib one lies between its header and its checksum.
                let packed = entry.isDeflated ? Array(try Zlib.compress(entry.content).dropFirst(2).dropLast(4)) : entry.content
                let byteCount = entry.claimedByteCount ?? entry.content.count
                let method = entry.method ?? (entry.isDeflated ? 8 : 0)
                let checksum = entry.checksum ?? Self.crc32(entry.content)
                let start = archive.count
                let common =
                    Self.two(isZip64 ? 45 : 20) + Self.two(entry.flags) + Self.two(method) + Self.four(0)
                    + Self.four(Int(checksum))
                let sizes =
                    isZip64 ? Self.four(0xFFFF_FFFF) + Self.four(0xFFFF_FFFF) : Self.four(packed.count) + Self.four(byteCount)
                let long = Self.eight(byteCount) + Self.eight(packed.count)
                let name = Array(entry.name.utf8)
                let localExtra = isZip64 ? Self.two(1) + Self.two(16) + long : []
                archive += Self.four(0x0403_4B50) + common + sizes + Self.two(name.count) + Self.two(localExtra.count)
                archive += name + localExtra + packed
                let extra = isZip64 ? Self.two(1) + Self.two(24) + long + Self.eight(start) : []
                directory += Self.four(0x0201_4B50) + Self.two(isZip64 ? 45 : 20) + common + sizes + Self.two(name.count)
                directory += Self.two(extra.count) + Self.two(0) + Self.two(0) + Self.two(0) + Self.four(0)
                directory += Self.four(isZip64 ? 0xFFFF_FFFF : start) + name + extra
            }
            return archive + directory + end(start: archive.count, byteCount: directory.count)
        }
    }

    private func end(start: Int, byteCount: Int) -> [UInt8] {
        let count = claimedEntryCount ?? entries.count
        var end: [UInt8] = []
        if isZip64 {
            end += Self.four(0x0606_4B50) + Self.eight(44) + Self.two(45) + Self.two(45) + Self.four(0) + Self.four(0)
            end += Self.eight(count) + Self.eight(count) + Self.eight(byteCount) + Self.eight(start)
            end += Self.four(0x0706_4B50) + Self.four(0) + Self.eight(start + byteCount) + Self.four(1)
        }
        let shown = isZip64 ? 0xFFFF : count
        end += Self.four(0x0605_4B50) + Self.two(0) + Self.two(0) + Self.two(shown) + Self.two(shown)
        return end + Self.four(isZip64 ? 0xFFFF_FFFF : byteCount) + Self.four(isZip64 ? 0xFFFF_FFFF : start) + Self.two(0)
    }

    private static func two(_ number: Int) -> [UInt8] { little(number, 2) }
    private static func four(_ number: Int) -> [UInt8] { little(number, 4) }
    private static func eight(_ number: Int) -> [UInt8] { little(number, 8) }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// The CRC-32 that ZIP, gzip and PNG have in common, bit by bit.
    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { remainder, byte in
            (0..<8).reduce(remainder ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}
