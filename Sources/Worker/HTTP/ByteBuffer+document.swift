internal import NIOCore
internal import Protocol

extension ByteBuffer {
    /// The document in one piece, put together right here.
    init(_ document: WireDocument) {
        self = ByteBufferAllocator().buffer(capacity: document.byteCount)
        writeWithUnsafeMutableBytes(minimumWritableBytes: document.byteCount) { bytes in
            document.write(to: bytes)
            return document.byteCount
        }
    }
}
