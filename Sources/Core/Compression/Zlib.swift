internal import CDeflate
internal import Primitives

/// Blocks of bytes in the zlib format (RFC 1950), whole in memory.
package enum Zlib {
    /// Deflate packs at most 1032 bytes into one (258 bytes in two bits); a block that claims more is refused unread.
    package static let ratioMax = 1032

    /// Data that unpacks to another size than it must.
    static func sizeError(_ expected: Int) -> CodecError {
        CodecError("zlib data: expected exactly \(expected) bytes when unpacked, found another size")
    }

    /// Compresses `bytes`; the same input and level give the same output.
    ///
    /// - Parameter level: 0 (stored) … 9 (smallest).
    /// - Throws: `CodecError` when memory is short.
    /// - Complexity: O(bytes).
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int = 1) throws(CodecError) -> [UInt8] {
        precondition((0...9).contains(level), "compression level \(level)")
        guard let compressor = libdeflate_alloc_compressor(Int32(level)) else { throw CodecError("zlib: not enough memory") }
        defer { libdeflate_free_compressor(compressor) }
        let capacity = libdeflate_zlib_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { target, initializedCount in
            initializedCount = libdeflate_zlib_compress(
                compressor, bytes.baseAddress, bytes.count, target.baseAddress, target.count)
        }
    }

    /// Compresses `bytes`, as above.
    package static func compress(_ bytes: [UInt8], level: Int = 1) throws(CodecError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(CodecError) in
            try compress(UnsafeRawBufferPointer(buffer), level: level)
        }
    }

    /// Unpacks one block, which must fill `target` exactly.
    ///
    /// - Throws: `CodecError`; the contents of `target` are then unspecified.
    /// - Complexity: O(`target.count`), whatever the block claims.
    package static func decompress(
        _ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CodecError) {
        guard target.count / ratioMax <= block.count else { throw Zlib.sizeError(target.count) }
        let (consumed, length) = try Inflater().unpack(block, into: target, with: libdeflate_zlib_decompress_ex)
        guard length == target.count else { throw Zlib.sizeError(target.count) }
        guard consumed == block.count else {
            throw CodecError("zlib data: expected the end of the block, found \(block.count - consumed) bytes after it")
        }
    }

    /// Unpacks one block to exactly `expectedByteCount` bytes. Nothing is allocated for a size that the block cannot have.
    ///
    /// - Throws: `CodecError`.
    /// - Complexity: O(`expectedByteCount`), whatever the block claims.
    package static func decompress(
        _ block: UnsafeRawBufferPointer, expectedByteCount: Int
    ) throws(CodecError) -> [UInt8] {
        guard expectedByteCount >= 0 && expectedByteCount / ratioMax <= block.count else {
            throw sizeError(expectedByteCount)
        }
        return try [UInt8](filled: expectedByteCount) { (target) throws(CodecError) in
            try decompress(block, into: UnsafeMutableRawBufferPointer(target))
        }
    }

    /// Unpacks one block, as above.
    package static func decompress(_ block: [UInt8], expectedByteCount: Int) throws(CodecError) -> [UInt8] {
        try block.withUnsafeBufferPointer { (buffer) throws(CodecError) in
            try decompress(UnsafeRawBufferPointer(buffer), expectedByteCount: expectedByteCount)
        }
    }
}

/// A decompressor of libdeflate.
package struct Inflater: ~Copyable {
    /// One of the functions `libdeflate_…_decompress_ex`.
    typealias Function = (
        OpaquePointer?, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?,
        UnsafeMutablePointer<Int>?
    ) -> libdeflate_result

    private let decompressor: OpaquePointer

    /// - Throws: `CodecError` when memory is short.
    init() throws(CodecError) {
        guard let decompressor = libdeflate_alloc_decompressor() else { throw CodecError("zlib: not enough memory") }
        self.decompressor = decompressor
    }

    deinit { libdeflate_free_decompressor(decompressor) }

    /// Unpacks the stream at the start of `block` to the start of `target`; how many bytes of each it takes.
    ///
    /// - Throws: `CodecError` for damaged data, and for a stream that does not fit.
    func unpack(
        _ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, with function: Function
    ) throws(CodecError) -> (consumed: Int, length: Int) {
        var (consumed, length) = (0, 0)
        switch function(decompressor, block.baseAddress, block.count, target.baseAddress, target.count, &consumed, &length) {
        case LIBDEFLATE_SUCCESS: return (consumed, length)
        case LIBDEFLATE_INSUFFICIENT_SPACE: throw Zlib.sizeError(target.count)
        default: throw CodecError("damaged zlib data")
        }
    }
}

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

/// Why bytes cannot be packed or unpacked. `description` is one line.
package struct CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the bytes may be sound, of a kind that is not unpacked here.
    package let isUnsupported: Bool

    package init(_ description: String, isUnsupported: Bool = false) {
        (self.description, self.isUnsupported) = (description, isUnsupported)
    }
}
