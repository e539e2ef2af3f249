internal import CPage
internal import Compression
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Synchronization

/// The files of the page, as the program carries them: packed once, and named by their content.
enum PageFiles {
    struct File: Sendable {
        let bytes: ByteBuffer
        let packed: ByteBuffer
        let type: String
        /// In quotes, as `ETag` has it.
        let tag: String
    }

    /// By their names below `Page`, with slashes.
    static let all: [String: File] = Dictionary(
        uniqueKeysWithValues: (0..<page_file_count).compactMap { index in
            guard let file = page_file_at(index)?.pointee, let name = file.name.map({ String(cString: $0) }) else { return nil }
            return (name, File(content(of: file), name: name))
        })

    /// The document that lists the paths.
    static let openAPI = content(of: page_openapi)

    private static func content(of file: page_file) -> Data {
        guard let bytes = file.bytes else { return Data() }
        return Data(bytes: bytes, count: Int(file.byte_count))
    }
}

extension PageFiles.File {
    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "json": "application/json", "webmanifest": "application/manifest+json",
        "md": "text/plain; charset=utf-8", "txt": "text/plain; charset=utf-8",
    ]

    fileprivate init(_ content: Data, name: String) {
        let ending = name.split(separator: ".").last.map(String.init) ?? ""
        type = Self.types[ending] ?? "application/octet-stream"
        tag = "\"\(ContentHash(of: content).hex.prefix(32))\""
        bytes = ByteBuffer(bytes: content)
        let small = try? content.withUnsafeBytes { try Gzip.compress($0, level: 9) }
        packed = ByteBuffer(bytes: small ?? [])
    }
}

extension AnnotatorResponder {
    /// `GET /`: the page, with the cookie that makes whoever loads it a person.
    func startPage(_ request: Request) throws -> Answer {
        var answer = try pageFile("index.html", request)
        let known = request.cookie(OwnCookie.personName).flatMap { UUID(uuidString: $0) }
        if known == nil {
            let id = UUID().uuidString.lowercased()
            answer.fields[.setCookie] = OwnCookie.field(OwnCookie.personName, id, isSecure: project.isSecure)
        }
        return answer
    }

    /// `GET /page/{name}`
    func pageFile(_ name: String, _ request: Request) throws -> Answer {
        guard let file = PageFiles.all[name] else { throw Refusal.notFound(request.uri.path) }
        // The browser keeps a file and asks whether it is still the same: pages of one version never meet files of another.
        var fields: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
        let tags = (request.headers[.ifNoneMatch] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        if tags.contains(where: { $0 == file.tag || $0 == "W/\(file.tag)" }) {
            return Answer(status: .notModified, fields: fields)
        }
        fields[.contentType] = file.type
        guard request.acceptsGzip, file.packed.readableBytes > 0 else {
            return Answer(status: .ok, fields: fields, body: .whole(file.bytes))
        }
        fields[.contentEncoding] = "gzip"
        return Answer(status: .ok, fields: fields, body: .whole(file.packed))
    }

    /// `POST /api/v1/login`
    func login(_ request: Request) async throws -> Answer {
        struct Login: Decodable { var token: String }
        let login = try await body(Login.self, of: request, bytesMax: 16 << 10)
        guard let token = project.token else { return .empty(.noContent) }
        let mayTry = project.logins.withLock { $0.mayTry(at: .now) }
        guard mayTry else {
            throw Refusal(
                .tooManyRequests, "too_many_logins", "too many wrong tokens: wait a little", retryable: true,
                retryAfterSeconds: Int(LoginPace.period.components.seconds))
        }
        guard token.isEqual(to: login.token) else {
            project.logins.withLock { $0.countFailure(at: .now) }
            throw Refusal(.unauthorized, "wrong_token", "token: this is not the server's")
        }
        var answer = Answer.empty(.noContent)
        answer.fields[.setCookie] = OwnCookie.field(AccessToken.cookieName, token.cookieValue, isSecure: project.isSecure)
        return answer
    }
}
