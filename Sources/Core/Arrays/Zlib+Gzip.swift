internal import CZlib

extension Zlib {
    /// Adds to the window's 15 bits that gzip's header and trailer are expected.
    private static let gzipWindowBits: Int32 = 15 + 16

    /// Unpacks a gzip stream (RFC 1952), of one member or several, to exactly `expectedByteCount` bytes. Nothing is allocated for a
    /// size that the stream cannot have.
    ///
    /// - Throws: `ZlibError`.
    /// - Complexity: O(`expectedByteCount`), whatever the stream claims.
    static func decompressGzip(_ stored: [UInt8], expectedByteCount: Int) throws(ZlibError) -> [UInt8] {
        guard expectedByteCount >= 0 && expectedByteCount / ratioMax <= stored.count else {
            throw .size(expected: expectedByteCount)
        }
        guard let inputCount = uInt(exactly: stored.count), let outputCount = uInt(exactly: expectedByteCount) else {
            throw .outOfMemory
        }
        return try [UInt8](filled: expectedByteCount) { (target) throws(ZlibError) in
            var status: Int32 = Z_OK
            var stream = z_stream()
            guard inflateInit2_(&stream, gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw .outOfMemory
            }
            defer { inflateEnd(&stream) }
            stored.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = inputCount
                stream.next_out = target.baseAddress
                stream.avail_out = outputCount
                repeat {
                    status = inflate(&stream, Z_FINISH)
                } while status == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK
            }
            switch status {
            case Z_STREAM_END: guard stream.avail_out == 0 else { throw .size(expected: expectedByteCount) }
            case Z_BUF_ERROR: throw stream.avail_out == 0 ? .size(expected: expectedByteCount) : .corrupt
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .corrupt
            }
        }
    }
}
