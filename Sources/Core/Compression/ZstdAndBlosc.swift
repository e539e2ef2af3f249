internal import CBlosc
internal import CZstd
internal import Primitives

/// Blocks of bytes in the Zstandard format (RFC 8878), whole in memory.
package enum Zstd {
    /// Compresses `bytes` to one frame; the same input and level give the same output.
    ///
    /// - Parameter level: 1 (fastest) … 19 (smallest).
    /// - Throws: `CodecError` when memory is short.
    /// - Complexity: O(bytes).
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int = 1) throws(CodecError) -> [UInt8] {
        precondition((1...19).contains(level), "compression level \(level)")
        var failure: String?
        let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { target, initializedCount in
            let count = ZSTD_compress(target.baseAddress, target.count, bytes.baseAddress, bytes.count, Int32(level))
            if ZSTD_isError(count) != 0 { failure = String(cString: ZSTD_getErrorName(count)) }
            initializedCount = failure == nil ? count : 0
        }
        if let failure { throw CodecError("zstd: \(failure)") }
        return packed
    }

    /// Unpacks frames that hold exactly `expectedByteCount` bytes. Nothing is allocated when the first frame's header says that they
    /// hold more.
    ///
    /// - Throws: `CodecError`.
    package static func decompress(_ stored: [UInt8], expectedByteCount: Int) throws(CodecError) -> [UInt8] {
        let claimed = stored.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two largest numbers mean "damaged" and "not said", as the macros of the header do.
        guard claimed != UInt64.max - 1 else { throw CodecError("damaged zstd data") }
        guard claimed == UInt64.max || claimed <= UInt64(expectedByteCount) else {
            throw CodecError("zstd data: expected \(expectedByteCount) bytes when unpacked, found \(claimed)")
        }
        return try [UInt8](filled: expectedByteCount) { (target) throws(CodecError) in
            let count = stored.withUnsafeBytes { ZSTD_decompress(target.baseAddress, target.count, $0.baseAddress, $0.count) }
            guard ZSTD_isError(count) == 0 else {
                throw CodecError("damaged zstd data: \(String(cString: ZSTD_getErrorName(count)))")
            }
            guard count == expectedByteCount else {
                throw CodecError("zstd data: expected \(expectedByteCount) bytes when unpacked, found \(count)")
            }
        }
    }
}

/// Blocks of bytes in the format of Blosc 1, whole in memory.
package enum Blosc {
    /// Unpacks a block that holds exactly `expectedByteCount` bytes. Nothing is allocated when its header says otherwise.
    ///
    /// - Throws: `CodecError`.
    package static func decompress(_ stored: [UInt8], expectedByteCount: Int) throws(CodecError) -> [UInt8] {
        try checkKind(stored)
        var claimed = 0
        let isValid = stored.withUnsafeBytes { blosc_cbuffer_validate($0.baseAddress, $0.count, &claimed) == 0 }
        guard isValid else { throw CodecError("damaged blosc data") }
        guard claimed == expectedByteCount else {
            throw CodecError("blosc data: expected \(expectedByteCount) bytes when unpacked, found \(claimed)")
        }
        return try [UInt8](filled: expectedByteCount) { (target) throws(CodecError) in
            let count = stored.withUnsafeBytes { blosc_decompress_ctx($0.baseAddress, target.baseAddress, target.count, 1) }
            guard Int(count) == expectedByteCount else { throw CodecError("damaged blosc data") }
        }
    }
    /// The compressors inside Blosc that the library has: `lz4`, …
    package static let compressors = String(cString: blosc_list_compressors()).split(separator: ",").map(String.init)

    /// By the number in the upper bits of a header's flags; `lz4hc` is `lz4` there.
    private static let kinds = ["blosclz", "lz4", "snappy", "zlib", "zstd"]

    /// Throws for a block that the library does not unpack, whatever it holds.
    private static func checkKind(_ stored: [UInt8]) throws(CodecError) {
        guard stored.count >= 16 else { return }
        if (3...5).contains(stored[0]) {
            throw CodecError("blosc data: expected a block of Blosc 1, found one of Blosc 2", isUnsupported: true)
        }
        let kind = Int(stored[2] >> 5)
        guard kind < kinds.count, !compressors.contains(kinds[kind]) else { return }
        throw CodecError(
            "blosc data: expected one of \(compressors.joined(separator: ", ")), found \(kinds[kind])", isUnsupported: true)
    }
}
