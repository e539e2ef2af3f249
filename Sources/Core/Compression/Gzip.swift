internal import CDeflate

/// Blocks of bytes in the gzip format (RFC 1952), whole in memory.
package enum Gzip {
    /// Compresses `bytes`; the same input and level give the same output, without a time.
    ///
    /// - Parameter level: 0 (stored) … 12 (smallest).
    /// - Throws: `CodecError` when memory is short.
    /// - Complexity: O(bytes).
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int = 1) throws(CodecError) -> [UInt8] {
        precondition((0...12).contains(level), "compression level \(level)")
        guard let compressor = libdeflate_alloc_compressor(Int32(level)) else { throw CodecError("gzip: not enough memory") }
        defer { libdeflate_free_compressor(compressor) }
        let capacity = libdeflate_gzip_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { target, initializedCount in
            initializedCount = libdeflate_gzip_compress(
                compressor, bytes.baseAddress, bytes.count, target.baseAddress, target.count)
        }
    }
}
