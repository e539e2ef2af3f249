internal import Imaging

/// Reads the numbers of a part of an HDF5 file one after the other: little-endian, unsigned, never past the end of the part.
struct HDF5Cursor {
    private let bytes: [UInt8]
    private let path: String
    private(set) var position: Int
    private let end: Int

    /// - Parameter count: bytes of the part; nil for all up to the end of the file.
    /// - Throws: `ImageError.corrupt` for a part that does not lie in the file.
    init(_ bytes: [UInt8], path: String, at offset: Int, count: Int? = nil) throws(ImageError) {
        let rest = bytes.count - offset
        guard offset >= 0, rest >= 0, (0...rest).contains(count ?? rest) else {
            throw .corruptAnnotations(
                path, "expected \(count.map(String.init) ?? "some") bytes at \(offset), found a file of \(bytes.count) bytes")
        }
        (self.bytes, self.path, position, end) = (bytes, path, offset, offset + (count ?? rest))
    }

    var remaining: Int { end - position }

    /// The next number of 1…8 bytes.
    ///
    /// - Throws: `ImageError.corrupt` at the end of the part, and for a number of 2⁶³ or more.
    mutating func number(_ byteCount: Int) throws(ImageError) -> Int {
        guard let value = Int(exactly: try word(byteCount)) else { throw damaged("a number below 2⁶³") }
        return value
    }

    /// The next number of 8 bytes that is a place in the file; nil if there is none, which is written as all ones.
    mutating func address() throws(ImageError) -> Int? {
        let value = try word(8)
        if value == .max { return nil }
        guard let address = Int(exactly: value) else { throw damaged("an address below 2⁶³") }
        return address
    }

    /// The next bytes, as a range of the file.
    mutating func range(_ count: Int) throws(ImageError) -> Range<Int> {
        guard (0...remaining).contains(count) else { throw damaged("\(count) bytes") }
        defer { position += count }
        return position..<position + count
    }

    mutating func skip(_ count: Int) throws(ImageError) { _ = try range(count) }

    /// The next bytes must be a signature, such as `TREE`.
    mutating func expect(_ signature: String) throws(ImageError) {
        guard remaining >= signature.utf8.count, bytes[position...].starts(with: signature.utf8) else {
            throw damaged("the signature \(signature)")
        }
        position += signature.utf8.count
    }

    /// The next byte must be this version of what is read.
    mutating func expect(version: Int, of structure: String) throws(ImageError) {
        let found = try number(1)
        guard found == version else {
            throw .unsupported(path: path, reason: "expected \(structure) of version \(version), found version \(found)")
        }
    }

    /// What is wrong here.
    func damaged(_ expected: String) -> ImageError {
        .corruptAnnotations(path, "expected \(expected) at byte \(position), found something else or the end")
    }

    private mutating func word(_ byteCount: Int) throws(ImageError) -> UInt64 {
        guard remaining >= byteCount else { throw damaged("a number of \(byteCount) bytes") }
        defer { position += byteCount }
        return (0..<byteCount).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << (8 * $1) }
    }
}
