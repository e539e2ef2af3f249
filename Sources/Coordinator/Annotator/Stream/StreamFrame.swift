internal import Foundation
internal import NIOCore

/// One message to a page: what it is, as JSON, and bytes.
///
///     u32 little-endian: bytes of the JSON      u32 little-endian: bytes      JSON in UTF-8      bytes
struct StreamFrame: Sendable {
    let json: Data
    let bytes: Data

    init(_ document: some Encodable, bytes: Data = Data()) {
        do {
            json = try AnnotatorJSON.encode(document)
        } catch {
            preconditionFailure("a document of ours cannot fail to encode: \(error)")
        }
        self.bytes = bytes
    }

    /// An operation, whose JSON is at hand.
    init(operation: Data) {
        json = Data("{\"type\":\"operation\",\"operation\":".utf8) + operation + Data("}".utf8)
        bytes = Data()
    }

    /// Length on the wire.
    var byteCount: Int { 8 + json.count + bytes.count }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(json.count), endianness: .little)
        buffer.writeInteger(UInt32(bytes.count), endianness: .little)
        buffer.writeBytes(json)
        buffer.writeBytes(bytes)
    }
}
