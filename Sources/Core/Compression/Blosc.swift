internal import CBlosc
internal import Primitives

/// Blocks of bytes in the format of Blosc 1, whole in memory.
package enum Blosc {
    /// Unpacks a block that holds exactly `expectedByteCount` bytes. Nothing is allocated when its header says otherwise.
    ///
    /// - Throws: `CodecError`.
    package static func decompress(_ stored: [UInt8], expectedByteCount: Int) throws(CodecError) -> [UInt8] {
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
}
