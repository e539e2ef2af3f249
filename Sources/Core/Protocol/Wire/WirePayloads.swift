package import Foundation
internal import Primitives
internal import Synchronization

/// The bulk arrays of one document, each behind a token that stands for it in the document's skeleton.
///
/// Going out, the encoder writes tokens, and `splice` puts base64 in their places. Coming in, `extract` takes long base64 out, and
/// the decoder reads tokens. Safe to use from any task.
final class WirePayloads: Sendable {
    private let payloads = Lock<[Data]>([])

    private static let mark = "\u{E0C0}"
    /// The mark's first byte in UTF-8.
    private static let markByte: UInt8 = 0xEE
    /// What stands before a payload in canonical JSON.
    private static let key = Array(#""data":""#.utf8)
    /// Shorter strings are left to the JSON decoder.
    private static let extractedCountMin = 1024

    /// Keeps `payload` and returns the token that stands for it in the skeleton.
    func add(_ payload: Data) -> String {
        payloads.withLock { payloads in
            payloads.append(payload)
            return Self.token(payloads.count - 1)
        }
    }

    /// The payload behind a token; nil if `text` is none.
    func payload(of text: String) -> Data? {
        guard text.hasPrefix(Self.mark), text.hasSuffix(Self.mark) else { return nil }
        return payloads.withLock { payloads in
            let index = Int(text.dropFirst().dropLast())
            return index.flatMap { payloads.indices.contains($0) ? payloads[$0] : nil }
        }
    }

    private static func token(_ index: Int) -> String { "\(mark)\(index)\(mark)" }

    /// The skeleton with every token to be replaced by its payload's base64; nil if tokens and payloads do not match one to one.
    func splice(into skeleton: Data) -> WireDocument? {
        let payloads = payloads.withLock { $0 }
        let holdsMark = skeleton.withUnsafeBytes { Self.position(of: Self.markByte, in: $0, from: 0) != nil }
        if payloads.isEmpty, !holdsMark { return WireDocument(skeleton) }
        let mark = Data(Self.mark.utf8)
        var pieces: [(text: Range<Int>, payload: Int)] = []
        var seen = [Bool](repeating: false, count: payloads.count)
        var position = skeleton.startIndex
        while let open = skeleton.range(of: mark, in: position..<skeleton.endIndex) {
            guard let close = skeleton.range(of: mark, in: open.upperBound..<skeleton.endIndex),
                let index = Int(String(decoding: skeleton[open.upperBound..<close.lowerBound], as: UTF8.self)),
                payloads.indices.contains(index), !seen[index]
            else { return nil }
            seen[index] = true
            pieces.append((position..<open.lowerBound, index))
            position = close.upperBound
        }
        guard seen.allSatisfy(\.self) else { return nil }
        return WireDocument(
            skeleton: skeleton, pieces: pieces.map { ($0.text, payloads[$0.payload]) }, rest: position..<skeleton.endIndex)
    }

    /// The document with tokens in the place of long base64 after `"data":`, which is decoded and kept.
    ///
    /// Only documents without escapes are touched, so that every quotation mark begins or ends a string, and only those without the
    /// token's mark, so that a token is always one of ours. Others, and base64 that is none, come back as they are.
    func extract(from document: Data) -> Data {
        guard document.count > Self.extractedCountMin else { return document }
        return document.withUnsafeBytes { bytes -> Data? in
            guard Self.position(of: UInt8(ascii: "\\"), in: bytes, from: 0) == nil,
                Self.position(of: Self.markByte, in: bytes, from: 0) == nil
            else { return nil }
            var skeleton = Data()
            var copied = 0
            var position = 0
            let quote = UInt8(ascii: "\"")
            while let open = Self.position(of: quote, in: bytes, from: position),
                let end = Self.position(of: quote, in: bytes, from: open + 1)
            {
                let start = open + 1
                position = end + 1
                guard end - start >= Self.extractedCountMin, Self.isPayload(bytes, at: start),
                    let payload = Base64.decode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                else { continue }
                skeleton.append(contentsOf: bytes[copied..<start])
                skeleton.append(contentsOf: add(payload).utf8)
                copied = end
            }
            guard copied > 0 else { return nil }
            skeleton.append(contentsOf: bytes[copied...])
            return skeleton
        } ?? document
    }

    private static func position(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private static func isPayload(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        start >= key.count && bytes[start - key.count..<start].elementsEqual(key)
    }
}

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
