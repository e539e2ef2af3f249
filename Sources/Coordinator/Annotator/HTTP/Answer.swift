internal import Compression
internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Protocol

/// An answer in the making: status, fields, and a body.
struct Answer: Sendable {
    enum Body: Sendable {
        case whole(ByteBuffer)
        /// Written as long as the writer wishes; of that many bytes, if it is known.
        case stream(byteCount: Int?, @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: HTTPResponse.Status
    var fields: HTTPFields = [:]
    var body = Body.whole(ByteBuffer())

    /// An answer without a body.
    static func empty(_ status: HTTPResponse.Status) -> Answer { Answer(status: status) }

    /// JSON of a document.
    static func document(_ status: HTTPResponse.Status, _ document: some Encodable) -> Answer {
        do {
            return bytes(status, try AnnotatorJSON.encode(document), type: "application/json")
        } catch {
            preconditionFailure("a document of ours cannot fail to encode: \(error)")
        }
    }

    /// Bytes of a type.
    static func bytes(_ status: HTTPResponse.Status, _ bytes: some Sequence<UInt8>, type: String) -> Answer {
        Answer(status: status, fields: [.contentType: type], body: .whole(ByteBuffer(bytes: bytes)))
    }

    /// An error, with its code for programs and its line for people.
    ///
    /// - Parameter retryAfterSeconds: when to come back; nil unless coming back helps.
    static func error(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, retryable: Bool = false, retryAfterSeconds: Int? = nil
    ) -> Answer {
        var answer = document(status, ErrorMessage(code: code, message: message, retryable: retryable))
        if let retryAfterSeconds { answer.fields[.retryAfter] = String(retryAfterSeconds) }
        return answer
    }

    /// A file that the browser saves under a name.
    static func download(_ bytes: some Sequence<UInt8>, type: String, name: String) -> Answer {
        var answer = Answer.bytes(.ok, bytes, type: type)
        answer.fields[.contentDisposition] = disposition(name)
        return answer
    }

    /// The type of a file that is saved, by the ending of its name.
    static func type(ofFile name: String) -> String {
        let types = [
            "png": "image/png", "tif": "image/tiff", "csv": "text/csv; charset=utf-8", "json": "application/json",
            "geojson": "application/geo+json", "zip": "application/zip",
        ]
        return types[FilePath(name).ending] ?? "application/octet-stream"
    }

    /// `attachment`, with the name as RFC 6266 and 8187 write it.
    static func disposition(_ name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { $0.isASCII && $0.value >= 32 && !"\"\\%".unicodeScalars.contains($0) ? Character($0) : "_" }
        )
        let isKept = { (byte: UInt8) in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-._~".utf8.contains(byte)
        }
        let encoded = name.utf8.map { isKept($0) ? String(UnicodeScalar($0)) : String(format: "%%%02X", $0) }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }

    /// The answer as the server sends it: with what every answer says, compressed if that is asked for and worth it; one to HEAD has no
    /// body.
    func response(to request: Request) -> Response {
        var fields = fields
        for (name, value) in Self.everywhere { fields[name] = value }
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
        switch body {
        case .stream(let byteCount, let write):
            guard request.method != .head else { return Response(status: status, headers: fields) }
            return Response(status: status, headers: fields, body: ResponseBody(contentLength: byteCount, write))
        case .whole(var buffer):
            if fields[.contentEncoding] == nil, let smaller = Self.compressed(buffer, for: request, fields) {
                buffer = smaller
                fields[.contentEncoding] = "gzip"
            }
            if fields[.contentType] != nil { fields[.vary] = "Accept-Encoding" }
            if request.method == .head { return Response(status: status, headers: fields) }
            return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: buffer))
        }
    }

    /// Bodies of fewer bytes are sent as they are.
    private static let compressedBytesMin = 1024
    /// Larger ones take longer to compress than to send.
    private static let compressedBytesMax = 64 << 20

    private static func compressed(_ buffer: ByteBuffer, for request: Request, _ fields: HTTPFields) -> ByteBuffer? {
        guard (compressedBytesMin...compressedBytesMax).contains(buffer.readableBytes), request.acceptsGzip,
            let type = fields[.contentType], isCompressible.contains(where: type.hasPrefix)
        else { return nil }
        let bytes = try? buffer.withUnsafeReadableBytes { try Gzip.compress($0) }
        guard let bytes, bytes.count < buffer.readableBytes else { return nil }
        return ByteBuffer(bytes: bytes)
    }

    private static let isCompressible = ["application/json", "application/octet-stream", "application/geo+json", "text/"]

    /// What every answer carries: nothing but our own page may run, frame, embed or read it.
    static let everywhere: [HTTPField.Name: String] = [
        .contentSecurityPolicy:
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        .xContentTypeOptions: "nosniff", .ownName("Referrer-Policy"): "no-referrer",
        .ownName("Cross-Origin-Opener-Policy"): "same-origin", .ownName("Cross-Origin-Resource-Policy"): "same-origin",
    ]
}

/// The body of every answer that is an error.
struct ErrorMessage: Encodable {
    /// A stable word for programs, such as `not_found`.
    var code: String
    /// One line for people.
    var message: String
    /// Whether the same request may succeed later.
    var retryable: Bool
}

/// An answer that says why there is no other one.
struct Refusal: Error {
    let answer: Answer

    init(_ answer: Answer) { self.answer = answer }

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, retryable: Bool = false, retryAfterSeconds: Int? = nil
    ) {
        answer = .error(status, code, message, retryable: retryable, retryAfterSeconds: retryAfterSeconds)
    }

    static func badRequest(_ message: String) -> Refusal { Refusal(.badRequest, "bad_request", message) }

    static func unknown(_ what: String, _ name: String) -> Refusal {
        Refusal(.notFound, "unknown_\(what)", "\(what) \"\(name.prefix(80))\" is not known here")
    }
}

extension HTTPField.Name {
    /// A name that is letters and hyphens.
    static func ownName(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name of a field") }
        return name
    }
}

extension Request {
    /// Whether the client takes gzip.
    var acceptsGzip: Bool {
        (headers[.acceptEncoding] ?? "").lowercased().split(separator: ",").contains { part in
            let words = part.split(separator: ";").map { $0.filter { $0 != " " } }
            return words.first == "gzip" && !words.dropFirst().contains { ["q=0", "q=0.0"].contains($0) }
        }
    }

    /// The value of a cookie; nil without it.
    func cookie(_ name: String) -> String? {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
            }
        }
        return nil
    }
}

/// JSON as the page reads it: keys sorted, so that equal documents are equal bytes.
enum AnnotatorJSON {
    static func encode(_ document: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    /// - Throws: `Refusal` that names the member which is not as it should be.
    static func decode<Document: Decodable>(_ type: Document.Type, _ bytes: Data) throws(Refusal) -> Document {
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch let error as DecodingError {
            throw Refusal(.unprocessableContent, "bad_document", error.line)
        } catch {
            throw Refusal(.unprocessableContent, "bad_document", "body: expected JSON")
        }
    }
}

extension DecodingError {
    /// What is wrong, in one line, with the member's place.
    var line: String {
        let (context, missing): (Context, String?) =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): (context, nil)
            case .keyNotFound(let key, let context): (context, key.stringValue)
            @unknown default: (Context(codingPath: [], debugDescription: "malformed"), nil)
            }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } + [missing].compactMap(\.self)
        let place = path.isEmpty ? "body" : path.joined(separator: ".")
        return missing == nil ? "\(place): \(context.debugDescription)" : "\(place): expected a value, found none"
    }
}
