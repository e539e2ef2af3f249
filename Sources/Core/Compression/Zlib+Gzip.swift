internal import CDeflate
internal import Primitives

extension Zlib {
    /// Unpacks a gzip stream (RFC 1952), of one member or several, to exactly `expectedByteCount` bytes. Nothing is allocated for a
    /// size that the stream cannot have.
    ///
    /// - Throws: `CodecError`.
    /// - Complexity: O(`expectedByteCount`), whatever the stream claims.
    package static func decompressGzip(_ stored: [UInt8], expectedByteCount: Int) throws(CodecError) -> [UInt8] {
        guard expectedByteCount >= 0 && expectedByteCount / ratioMax <= stored.count else {
            throw sizeError(expectedByteCount)
        }
        let inflater = try Inflater()
        return try [UInt8](filled: expectedByteCount) { (target) throws(CodecError) in
            try stored.withUnsafeBufferPointer { (stored) throws(CodecError) in
                var (source, room) = (UnsafeRawBufferPointer(stored)[...], UnsafeMutableRawBufferPointer(target)[...])
                repeat {
                    let (consumed, length) = try inflater.unpack(
                        UnsafeRawBufferPointer(rebasing: source), into: UnsafeMutableRawBufferPointer(rebasing: room),
                        with: libdeflate_gzip_decompress_ex)
                    (source, room) = (source.dropFirst(consumed), room.dropFirst(length))
                } while !source.isEmpty
                guard room.isEmpty else { throw sizeError(expectedByteCount) }
            }
        }
    }
}
