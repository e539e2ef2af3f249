internal import HTTPTypes
internal import NIOCore

/// A part of a request's body that is worth writing.
struct BodyPiece: Sendable {
    /// At least a mebibyte; fewer of the last piece, perhaps none.
    var bytes = ByteBuffer()
    /// Bytes of the body up to the end of the piece.
    var byteCount = 0
    var isLast = false

    private static let byteCountMin = 1 << 20

    /// Hands on a body as it comes, piece by piece.
    ///
    /// - Returns: the body's bytes.
    /// - Throws: `Refusal` when the body breaks off; what `take` throws.
    @discardableResult
    static func each<Body: AsyncSequence>(
        of body: Body, _ take: (_ piece: BodyPiece) async throws -> Void
    ) async throws -> Int where Body.Element == ByteBuffer {
        var piece = BodyPiece()
        var chunks = body.makeAsyncIterator()
        while !piece.isLast {
            let chunk: ByteBuffer?
            do {
                chunk = try await chunks.next()
            } catch {
                throw Refusal(.badRequest, "incomplete", "body: the connection broke before its end", retryable: true)
            }
            if let chunk {
                piece.byteCount += chunk.readableBytes
                piece.bytes.writeImmutableBuffer(chunk)
                if piece.bytes.readableBytes < byteCountMin { continue }
            }
            piece.isLast = chunk == nil
            try await take(piece)
            piece.bytes = ByteBuffer()
        }
        return piece.byteCount
    }
}
