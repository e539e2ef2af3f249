internal import Foundation
internal import HTTPClient
internal import Imaging
internal import Primitives
internal import Synchronization

/// Reads objects over HTTP, one request at a time, over connections that the whole process keeps.
///
/// Follows no redirects, speaks only `http` and `https`, always verifies servers over `https` (with the authorities of `SSL_CERT_FILE`, if
/// that is set, and the system's), and accepts no more bytes than it asked for. Transient failures (no connection, 429, 5xx, an answer
/// that is cut off) are retried after pauses that double. Requests and pauses end when the reader's flag is raised. Not safe to share
/// between threads.
final class RemoteClient {
    /// An object, or a part of it.
    struct Answer {
        let bytes: [UInt8]
        /// Of the whole object, where the server says it.
        let objectByteCount: Int?
        /// The version of the object: its ETag, else the time of its last change; empty if the server says neither.
        let tag: String
        /// Whether the server answered with the range alone.
        let isPart: Bool
    }

    private let cancellation: ReadCancellation
    private static let http = {
        let file = ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        return CurlClient(files: TLSFiles(authority: file, trustsSystem: true))
    }()
    private static let attemptsMax = 5
    private static let firstPause = Duration.milliseconds(100)

    init(_ cancellation: ReadCancellation) { self.cancellation = cancellation }

    /// Gets an object; nil if there is none (404).
    ///
    /// - Parameters:
    ///   - tag: the version that is wanted; nil for any.
    ///   - byteCountMax: more bytes are not taken.
    /// - Throws: `ImageError.io` with the server's or libcurl's reason, or because the flag was raised; `unsupported` for more bytes.
    func get(_ url: RemoteURL, _ part: StorePart, tag: String? = nil, byteCountMax: Int) throws(ImageError) -> Answer? {
        let question = Question(url: url, part: part, tag: tag, byteCountMax: byteCountMax)
        var pause = Self.firstPause
        for attempt in 1...Self.attemptsMax {
            switch try outcome(of: question) {
            case .answer(let answer): return answer
            case .none: return nil
            case .transient(let reason):
                guard attempt < Self.attemptsMax else {
                    throw .io(path: url.text, reason: "\(reason), \(attempt) times in a row")
                }
            }
            cancellation.flag.wait(upTo: pause)
            pause *= 2
        }
        preconditionFailure("an attempt without an outcome")
    }

    private func outcome(of question: Question) throws(ImageError) -> Outcome {
        let flag = cancellation.flag
        guard !flag.isRaised else { throw .io(path: question.url.text, reason: ReadCancellation.reason) }
        do {
            let response = try Self.http.wait(for: question.request, unless: flag)
            RemoteTraffic.process.add(requests: 1, bytes: response.body.count)
            return try question.outcome(response)
        } catch let error as HTTPError {
            RemoteTraffic.process.add(requests: 1, bytes: error.bodyByteCount)
            return try question.outcome(error)
        } catch let error as ImageError {
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

/// The outcome of one attempt to get an object.
private enum Outcome {
    case answer(RemoteClient.Answer)
    /// There is no such object.
    case none
    /// A transient failure: worth another attempt.
    case transient(String)
}

/// What is asked of a server, and what its answers mean.
private struct Question {
    let url: RemoteURL
    let part: StorePart
    let tag: String?
    let byteCountMax: Int

    var request: HTTPRequest {
        var request = HTTPRequest(method: .get, url: url.address, credentials: url.credentials)
        switch part {
        case .whole: break
        case .range(let offset, let count): request.range = .from(offset: offset, count: count)
        case .last(let count): request.range = .last(count)
        }
        if let tag, tag.hasPrefix("\"") { request.headers.append(("If-Match", tag)) }
        request.limits = HTTPLimits(
            connect: .seconds(10), total: .seconds(600), silence: .seconds(30), bodyBytesMax: byteCountMax)
        return request
    }

    /// - Throws: `ImageError` for permanent failures.
    func outcome(_ error: HTTPError) throws(ImageError) -> Outcome {
        switch error.kind {
        case .cancelled: throw .io(path: url.text, reason: ReadCancellation.reason)
        case .peerUntrusted, .authorityUnusable, .unusable: throw .io(path: url.text, reason: error.summary)
        case .tooLarge:
            switch error.status {
            case 206? where part != .whole:
                throw .io(path: url.text, reason: "expected \(byteCountMax) bytes of the object, found more")
            case 200?, 206?:
                throw .unsupported(path: url.text, reason: needsRanges ?? "expected at most \(byteCountMax) bytes, found more")
            case let status?:
                // What the server says besides about a failure is no part of the object.
                return try outcome(HTTPResponse(status: status, headers: [:], body: Data()))
            case nil: return .transient(error.summary)
            }
        default: return .transient(error.summary)
        }
    }

    /// - Throws: `ImageError` for permanent failures.
    func outcome(_ response: HTTPResponse) throws(ImageError) -> Outcome {
        let version = response.headers["etag"] ?? response.headers["last-modified"] ?? ""
        let server = "the server\(response.proxy.map { ", or \($0)," } ?? "")"
        switch response.status {
        case 200, 206: return .answer(try answer(response, version))
        case 404: return .none
        case 412: throw .io(path: url.text, reason: "expected the object \(tag ?? ""), found that it has changed")
        case 416:
            return .answer(
                .init(bytes: [], objectByteCount: Self.total(of: response.headers["content-range"]), tag: version, isPart: true))
        case 407:
            throw .io(
                path: url.text, reason: "\(response.proxy.map { "\($0)" } ?? "the server") asks for a user and a password (407)")
        case 429, 500...599: return .transient("\(server) answers \(response.status)")
        case 300..<400:
            throw .io(
                path: url.text,
                reason: "expected the object, found a redirect (\(response.status)), which is not followed\(through(response))")
        case 401, 403:
            throw .io(path: url.text, reason: "\(server) refuses it (\(response.status)): no or wrong credentials")
        default: throw .io(path: url.text, reason: "\(server) answers \(response.status)")
        }
    }

    /// Names the proxy of an answer, if there is one.
    private func through(_ response: HTTPResponse) -> String { response.proxy.map { " (through \($0))" } ?? "" }

    private func answer(_ response: HTTPResponse, _ version: String) throws(ImageError) -> RemoteClient.Answer {
        if let tag, !tag.isEmpty, !version.isEmpty, tag != version {
            throw .io(path: url.text, reason: "expected the object \(tag), found \(version): it has changed")
        }
        if response.status == 200, let reason = needsRanges { throw .unsupported(path: url.text, reason: reason) }
        let byteCount = response.body.count
        let total = response.status == 206 ? Self.total(of: response.headers["content-range"]) : byteCount
        if case .range(_, let count) = part, byteCount > count {
            throw .io(path: url.text, reason: "expected \(count) bytes of the object, found \(byteCount)")
        }
        return .init(bytes: [UInt8](response.body), objectByteCount: total, tag: version, isPart: response.status == 206)
    }

    private var needsRanges: String? {
        part == .whole ? nil : "expected a server that sends parts of objects (Range), found one that does not"
    }

    /// The size in `bytes 0-99/1234`.
    private static func total(of range: String?) -> Int? {
        range.flatMap { $0.split(separator: "/").last }.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

/// Requests and bytes of bodies that this process has read.
package final class RemoteTraffic: Sendable {
    package static let process = RemoteTraffic()
    private let state = Lock((requests: 0, bytes: 0))

    package var counts: (requests: Int, bytes: Int) { state.withLock { $0 } }

    func add(requests: Int, bytes: Int) {
        state.withLock { state in
            state.requests += requests
            state.bytes += bytes
        }
    }
}
