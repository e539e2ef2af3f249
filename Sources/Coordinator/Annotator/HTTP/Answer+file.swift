internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

extension Answer {
    /// Bytes of a file that are read at a time.
    private static let readBytes = 256 << 10

    /// The content of a file, which the browser saves under a name.
    ///
    /// - Throws: an I/O error when the file cannot be opened.
    static func file(_ path: String, type: String, name: String) throws -> Answer {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        let byteCount = Int(try file.seekToEnd())
        try file.seek(toOffset: 0)
        let body = Body.stream(byteCount: byteCount) { writer in
            var rest = byteCount
            while rest > 0 {
                let count = min(rest, readBytes)
                let bytes = try await offloaded { try file.read(upToCount: count) ?? Data() }
                guard !bytes.isEmpty else { throw CoordinatorError(.inputOutput, "\(path): is shorter than it was") }
                rest -= bytes.count
                try await writer.write(ByteBuffer(bytes: bytes))
            }
            try await writer.finish(nil)
        }
        return Answer(status: .ok, fields: [.contentType: type, .contentDisposition: disposition(name)], body: body)
    }
}
