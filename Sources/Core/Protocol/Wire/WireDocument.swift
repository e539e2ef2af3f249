package import Foundation
internal import Primitives

/// A JSON document that is still in pieces: its text, and the bulk arrays whose base64 belongs in between. It is put together
/// where it is wanted, so that megabytes are written once.
package struct WireDocument: Sendable {
    private let skeleton: Data
    private let pieces: [(text: Range<Int>, payload: Data)]
    private let rest: Range<Int>
    /// The length of the whole document.
    package let byteCount: Int

    /// A document of text alone.
    package init(_ text: Data) { self.init(skeleton: text, pieces: [], rest: text.startIndex..<text.endIndex) }

    /// - Parameters:
    ///   - pieces: ranges of `skeleton`, each followed by the base64 of a payload.
    ///   - rest: the range of `skeleton` behind the last payload.
    init(skeleton: Data, pieces: [(text: Range<Int>, payload: Data)], rest: Range<Int>) {
        self.skeleton = skeleton
        self.pieces = pieces
        self.rest = rest
        byteCount = pieces.reduce(rest.count) {
            $0 + $1.text.count + Base64.characterCount(forByteCount: $1.payload.count)
        }
    }

    /// Writes the document to the first `byteCount` bytes of `buffer`.
    ///
    /// - Precondition: they fit.
    package func write(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= byteCount, "a document of \(byteCount) bytes into \(buffer.count)")
        guard var target = buffer.bindMemory(to: UInt8.self).baseAddress else { return }
        func append(_ text: Range<Int>) {
            skeleton.copyBytes(to: target, from: text)
            target += text.count
        }
        for (text, payload) in pieces {
            append(text)
            payload.withUnsafeBytes { Base64.encode($0, to: target) }
            target += Base64.characterCount(forByteCount: payload.count)
        }
        append(rest)
    }

    /// The document in one piece.
    package var data: Data { Data(unfilled: byteCount) { write(to: $0) } }
}
