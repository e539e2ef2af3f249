internal import CCurl
internal import Foundation
internal import Imaging
internal import Primitives
internal import Synchronization

/// Reads objects over HTTP, one request at a time, over connections that are kept.
///
/// Follows no redirects, speaks only `http` and `https`, always verifies servers over `https` (with the authorities of `SSL_CERT_FILE`, if
/// that is set, else the system's), and takes no more bytes than it asked for. Failures that may pass (no connection, 429, 5xx, an answer
/// that is cut off) are tried again after pauses that double. Not safe to share between threads.
final class RemoteClient {
    /// What is asked of an object.
    enum Part: Hashable {
        case whole
        case range(offset: Int, count: Int)
        case last(Int)
    }

    /// An object, or a part of it.
    struct Answer {
        let bytes: [UInt8]
        /// Of the whole object, where the server says it.
        let objectByteCount: Int?
        /// The version of the object: its ETag, else the time of its last change; empty if the server says neither.
        let tag: String
        /// Whether the server took the range into account.
        let isPart: Bool
    }

    private let handle: UnsafeMutableRawPointer
    private static let attemptsMax = 5
    private static let firstPause = 0.1
    private static let library: Void = { curl_global_init(Int(CURL_GLOBAL_ALL)) }().self

    init() {
        _ = Self.library
        guard let handle = curl_easy_init() else { preconditionFailure("libcurl is out of memory") }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// Gets an object; nil if there is none (404).
    ///
    /// - Parameters:
    ///   - tag: the version that is wanted; nil for any.
    ///   - byteCountMax: more bytes are not taken.
    /// - Throws: `ImageError.io` with the server's or libcurl's reason, `unsupported` for more bytes.
    func get(_ url: RemoteURL, _ part: Part, tag: String? = nil, byteCountMax: Int) throws(ImageError) -> Answer? {
        var pause = Self.firstPause
        for attempt in 1...Self.attemptsMax {
            let transfer = RemoteTransfer(url, part, tag: tag, byteCountMax: byteCountMax)
            let code = transfer.perform(on: handle)
            RemoteTraffic.process.add(requests: 1, bytes: transfer.body.count)
            switch try transfer.outcome(code) {
            case .answer(let answer): return answer
            case .none: return nil
            case .passing(let reason):
                guard attempt < Self.attemptsMax else {
                    throw .io(path: url.text, reason: "\(reason), \(attempt) times in a row")
                }
            }
            Thread.sleep(forTimeInterval: pause)
            pause *= 2
        }
        preconditionFailure("an attempt without an outcome")
    }
}

/// Requests and bytes of bodies that this process has read.
package final class RemoteTraffic: Sendable {
    package static let process = RemoteTraffic()
    private let state = Mutex((requests: 0, bytes: 0))

    package var counts: (requests: Int, bytes: Int) { state.withLock { $0 } }

    func add(requests: Int, bytes: Int) {
        state.withLock { state in
            state.requests += requests
            state.bytes += bytes
        }
    }
}
