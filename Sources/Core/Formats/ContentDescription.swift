/// Says in words what a file of no readable format seems to be, for error messages.
enum ContentDescription {
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        (Array("GIF8".utf8), "a GIF image"),
        (Array("BM".utf8), "a BMP image"),
        (Array("RIFF".utf8), "a RIFF file, such as WebP"),
        (Array("%PDF".utf8), "a PDF document"),
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
        ([0x1F, 0x8B], "a gzip archive"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG signature that was altered, as by a text-mode transfer"),
    ]

    /// Describes the content by its first bytes.
    static func of(_ head: [UInt8]) -> String {
        if head.isEmpty { return "an empty file" }
        if let known = signatures.first(where: { head.starts(with: $0.bytes) }) { return known.name }
        let isText = head.allSatisfy { (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }
        if isText { return "text" }
        return "bytes " + head.prefix(8).map(hexadecimal).joined(separator: " ")
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
