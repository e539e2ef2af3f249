internal import CZlib

/// Why a compressed block was refused. `description` is one line for the user.
public enum ZlibError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The block is no zlib stream, fails its checksum, or is cut off.
    case corrupt
    /// The block unpacks to another size than it must.
    case size(expected: Int)
    /// Bytes follow the end of the stream.
    case trailingBytes(Int)
    case outOfMemory

    public var description: String {
        switch self {
        case .corrupt: "damaged zlib data"
        case .size(let expected): "zlib data: expected exactly \(expected) bytes when unpacked, found another size"
        case .trailingBytes(let count): "zlib data: expected the end of the block, found \(count) bytes after it"
        case .outOfMemory: "zlib: not enough memory"
        }
    }
}

/// Blocks of bytes in the zlib format (RFC 1950), whole in memory.
public enum Zlib {
    /// Deflate packs at most 1032 bytes into one (258 bytes in two bits); a block that claims more is refused unread.
    static let ratioMax = 1032

    /// Compresses `bytes`; the same input and level give the same output.
    ///
    /// - Parameter level: 0 (stored) … 9 (smallest).
    /// - Throws: `ZlibError.outOfMemory`.
    /// - Complexity: O(bytes).
    public static func compress(_ bytes: UnsafeRawBufferPointer, level: Int = 1) throws(ZlibError) -> [UInt8] {
        precondition((0...9).contains(level), "compression level \(level)")
        let capacity = Int(compressBound(uLong(bytes.count)))
        var status: Int32 = Z_OK
        let empty: [UInt8] = [0]
        let packed = [UInt8](unsafeUninitializedCapacity: capacity) { target, initializedCount in
            var length = uLongf(capacity)
            status = empty.withUnsafeBufferPointer { placeholder in
                compress2(
                    target.baseAddress, &length,
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? placeholder.baseAddress,
                    uLong(bytes.count), Int32(level))
            }
            initializedCount = status == Z_OK ? Int(length) : 0
        }
        guard status == Z_OK else { throw .outOfMemory }
        return packed
    }

    /// Compresses `bytes`, as above.
    public static func compress(_ bytes: [UInt8], level: Int = 1) throws(ZlibError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ZlibError) in
            try compress(UnsafeRawBufferPointer(buffer), level: level)
        }
    }

    /// Unpacks one block, which must fill `target` exactly.
    ///
    /// - Throws: `ZlibError`; the contents of `target` are then unspecified.
    /// - Complexity: O(`target.count`), whatever the block claims.
    public static func decompress(
        _ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(ZlibError) {
        guard target.count / ratioMax <= block.count else { throw .size(expected: target.count) }
        guard let source = block.baseAddress?.assumingMemoryBound(to: UInt8.self) else { throw .corrupt }
        var consumed = uLong(block.count)
        var length = uLongf(target.count)
        let status: Int32
        if let base = target.baseAddress, target.count > 0 {
            status = uncompress2(base.assumingMemoryBound(to: UInt8.self), &length, source, &consumed)
        } else {
            // Room for one byte tells a stream that is empty from one that is not.
            var spare: UInt8 = 0
            length = 1
            status = uncompress2(&spare, &length, source, &consumed)
        }
        switch status {
        case Z_OK: break
        case Z_MEM_ERROR: throw .outOfMemory
        case Z_BUF_ERROR: throw .size(expected: target.count)
        default: throw .corrupt
        }
        guard Int(length) == target.count else { throw .size(expected: target.count) }
        guard Int(consumed) == block.count else { throw .trailingBytes(block.count - Int(consumed)) }
    }

    /// Unpacks one block to exactly `expectedByteCount` bytes. Nothing is allocated for a size that the block cannot have.
    ///
    /// - Throws: `ZlibError`.
    /// - Complexity: O(`expectedByteCount`), whatever the block claims.
    public static func decompress(
        _ block: UnsafeRawBufferPointer, expectedByteCount: Int
    ) throws(ZlibError) -> [UInt8] {
        guard expectedByteCount >= 0 && expectedByteCount / ratioMax <= block.count else {
            throw .size(expected: expectedByteCount)
        }
        var bytes = [UInt8](repeating: 0, count: expectedByteCount)
        try bytes.withUnsafeMutableBufferPointer { (target) throws(ZlibError) in
            try decompress(block, into: UnsafeMutableRawBufferPointer(target))
        }
        return bytes
    }

    /// Unpacks one block, as above.
    public static func decompress(_ block: [UInt8], expectedByteCount: Int) throws(ZlibError) -> [UInt8] {
        try block.withUnsafeBufferPointer { (buffer) throws(ZlibError) in
            try decompress(UnsafeRawBufferPointer(buffer), expectedByteCount: expectedByteCount)
        }
    }
}
