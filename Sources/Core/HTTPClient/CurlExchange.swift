internal import CCurl
internal import Foundation
internal import struct Synchronization.Atomic

/// One request on its way through libcurl, and what has come back so far.
///
/// `@unchecked Sendable`: the loop's thread alone touches the mutable properties, but for `onEnd`, which is set before the
/// exchange is handed to the loop, and `isCancelled`, which is atomic.
final class CurlExchange: @unchecked Sendable {
    let request: HTTPRequest
    private let files: TLSFiles
    /// Nil for a request that goes directly.
    private let proxy: HTTPProxy?
    let isCancelled = Atomic(false)
    /// Called once, on the loop's thread.
    var onEnd: (@Sendable (Result<HTTPResponse, HTTPError>) -> Void)?

    /// The libcurl handle while the exchange is under way.
    var handle: UnsafeMutableRawPointer?

    private var hasBegunAgain = false
    private var sentCount = 0
    private var headers: [String: String] = [:]
    private var headerBytes = 0
    private var body = Data()
    /// What ended the exchange from within a callback.
    private var verdict: HTTPError?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let messageBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private static let headerBytesMax = 256 << 10
    /// SHA-256 of the empty body: S3 wants the body's hash among what is signed.
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// No more than this is set aside on the word of a `Content-Length`.
    private static let reservedBytesMax = 64 << 20

    init(_ request: HTTPRequest, _ files: TLSFiles, _ proxies: HTTPProxies) {
        self.request = request
        self.files = files
        proxy = proxies.proxy(for: request.url)
        messageBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerList)
        messageBuffer.deallocate()
    }

    func end(_ result: Result<HTTPResponse, HTTPError>) {
        onEnd?(result)
        onEnd = nil
    }

    /// Prepares `handle` for this exchange, which must stay alive as long as the handle is in use; nil if all went well.
    func configure(_ handle: UnsafeMutableRawPointer) -> HTTPError? {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = coppice_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, messageBuffer)
        _ = coppice_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        guard coppice_curl_set_text(handle, CURLOPT_URL, request.url) == CURLE_OK else {
            return HTTPError(.unusable, "not a URL: \(request.url)")
        }
        // Which proxy there is was chosen here: libcurl does not look at the environment.
        _ = coppice_curl_set_text(handle, CURLOPT_PROXY, proxy?.address ?? "")
        _ = coppice_curl_set_text(handle, CURLOPT_NOPROXY, "")
        _ = coppice_curl_set_text(handle, CURLOPT_USERAGENT, "coppice")
        files.configure(handle)
        for (option, value) in [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0),
            // A transfer that is called off while a name is looked up must not hold the loop until the look-up ends.
            (CURLOPT_QUICK_EXIT, 1), (CURLOPT_TCP_NODELAY, 1), (CURLOPT_TCP_KEEPALIVE, 1),
            (CURLOPT_TCP_KEEPIDLE, 15), (CURLOPT_TCP_KEEPINTVL, 5), (CURLOPT_BUFFERSIZE, 256 << 10),
            (CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10), (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            (CURLOPT_CONNECTTIMEOUT_MS, request.limits.connect.milliseconds),
            (CURLOPT_TIMEOUT_MS, request.limits.total.milliseconds),
        ] {
            _ = coppice_curl_set_long(handle, option, value)
        }
        if let silence = request.limits.silence {
            _ = coppice_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
            _ = coppice_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, silence.milliseconds / 1000))
        }
        _ = coppice_curl_set_offset(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.limits.bodyBytesMax))
        configureBody(of: handle, context: context)
        if let credentials = request.credentials {
            _ = coppice_curl_set_text(handle, CURLOPT_AWS_SIGV4, "aws:amz:\(credentials.region):s3")
            _ = coppice_curl_set_text(handle, CURLOPT_USERNAME, credentials.key)
            _ = coppice_curl_set_text(handle, CURLOPT_PASSWORD, credentials.secret)
        }
        if let problem = configureHeaders(of: handle) { return problem }
        _ = coppice_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context).receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        _ = coppice_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = coppice_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context).receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        _ = coppice_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        return nil
    }

    private func configureBody(of handle: UnsafeMutableRawPointer, context: UnsafeMutableRawPointer) {
        switch request.method {
        case .get: _ = coppice_curl_set_long(handle, CURLOPT_HTTPGET, 1)
        case .head: _ = coppice_curl_set_long(handle, CURLOPT_NOBODY, 1)
        case .put, .post, .delete: break
        }
        if let body = request.body {
            _ = coppice_curl_set_long(handle, CURLOPT_UPLOAD, 1)
            _ = coppice_curl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(body.count))
            _ = coppice_curl_set_transfer(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                CurlExchange.from(context).sendBody(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
            _ = coppice_curl_set_pointer(handle, CURLOPT_READDATA, context)
            _ = coppice_curl_set_seek(handle) { context, offset, origin in
                guard origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
                CurlExchange.from(context).sentCount = Int(offset)
                return CURL_SEEKFUNC_OK
            }
            _ = coppice_curl_set_pointer(handle, CURLOPT_SEEKDATA, context)
        } else if request.method == .post || request.method == .put {
            _ = coppice_curl_set_long(handle, CURLOPT_POST, 1)
            _ = coppice_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, 0)
            _ = coppice_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, "")
        }
        if request.method != .get, request.method != .head {
            _ = coppice_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private func configureHeaders(of handle: UnsafeMutableRawPointer) -> HTTPError? {
        var lines = request.headers.map { "\($0.name): \($0.value)" }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }) else {
            return HTTPError(.unusable, "a header holds control characters")
        }
        switch request.range {
        case .from(let offset, let count): lines.append("Range: bytes=\(offset)-\(offset + count - 1)")
        case .last(let count): lines.append("Range: bytes=-\(count)")
        case nil: break
        }
        if let credentials = request.credentials {
            lines.append("x-amz-content-sha256: \(Self.emptyHash)")
            if let session = credentials.session { lines.append("x-amz-security-token: \(session)") }
        }
        if request.body != nil { lines.append("Expect:") }
        for line in lines {
            guard let list = curl_slist_append(headerList, line) else { return HTTPError(.unusable, "libcurl is out of memory") }
            headerList = list
        }
        _ = coppice_curl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        return nil
    }

    /// Whether the transfer that `handle` has ended shall be made once more, over a new connection; `handle` is then set up for it.
    ///
    /// A server may close a kept connection in the instant in which a request goes out on it. libcurl notices that when nothing
    /// of the request could be sent or when it waits for the answer, but not between its head and its body. Every request may be
    /// sent twice: jobs and blobs are named by their content.
    func beginsAgain(after code: CURLcode, on handle: UnsafeMutableRawPointer) -> Bool {
        var newConnections = 0
        _ = coppice_curl_get_long(handle, CURLINFO_NUM_CONNECTS, &newConnections)
        guard code == CURLE_SEND_ERROR, newConnections == 0, headerBytes == 0, !hasBegunAgain else { return false }
        hasBegunAgain = true
        sentCount = 0
        _ = coppice_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        return true
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlExchange {
        guard let context else { preconditionFailure("libcurl called back without a context") }
        return Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
    }

    /// The proxy that may have answered in the server's place; nil where nobody stands between, as within TLS.
    private var answeringProxy: HTTPProxy? { request.url.prefix(6).lowercased() == "https:" ? nil : proxy }
}

extension CurlExchange {
    /// Fills `buffer` with the next bytes of the request's body and returns how many there are.
    private func sendBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - sentCount)
        guard count > 0 else { return 0 }
        let start = body.startIndex + sentCount
        body.copyBytes(to: buffer, from: start..<start + count)
        sentCount += count
        return count
    }

    /// Takes one header line; another number than its length ends the exchange.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headerBytes += line.count
        guard headerBytes <= Self.headerBytesMax else {
            verdict = HTTPError(.tooLarge, "more than \(Self.headerBytesMax) bytes of headers")
            return 0
        }
        let text = Self.trimmed(line[...])
        if text.starts(with: "HTTP/".utf8) {
            headers.removeAll()
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: text[..<colon], as: UTF8.self).lowercased()
            headers[name] = String(decoding: Self.trimmed(text[(colon + 1)...]), as: UTF8.self)
            if name == "content-length", request.method != .head, let count = Int(headers[name] ?? ""), count > 0 {
                body.reserveCapacity(min(count, request.limits.bodyBytesMax, Self.reservedBytesMax))
            }
        }
        return line.count
    }

    /// Without white space at either end.
    private static func trimmed(_ line: UnsafeRawBufferPointer.SubSequence) -> UnsafeRawBufferPointer.SubSequence {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.limits.bodyBytesMax else {
            verdict = HTTPError(.tooLarge, "more than \(request.limits.bodyBytesMax) bytes")
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Bytes moved by the exchange that `handle` has just ended.
    func traffic(of handle: UnsafeMutableRawPointer) -> Traffic {
        var uploaded: curl_off_t = 0
        var downloaded: curl_off_t = 0
        var requestBytes = 0
        _ = coppice_curl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        _ = coppice_curl_get_offset(handle, CURLINFO_SIZE_DOWNLOAD_T, &downloaded)
        _ = coppice_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &requestBytes)
        return Traffic(bytesSent: Int(uploaded) + requestBytes, bytesReceived: Int(downloaded) + headerBytes)
    }

    /// What the end of the transfer means.
    func result(_ code: CURLcode, of handle: UnsafeMutableRawPointer) -> Result<HTTPResponse, HTTPError> {
        var status = 0
        _ = coppice_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard var error = verdict ?? error(code, of: handle) else {
            return .success(HTTPResponse(status: status, headers: headers, body: body, proxy: answeringProxy))
        }
        error.status = status > 0 ? status : nil
        error.bodyByteCount = body.count
        return .failure(error)
    }

    private func error(_ code: CURLcode, of handle: UnsafeMutableRawPointer) -> HTTPError? {
        guard code != CURLE_OK else { return nil }
        let through = proxy.map { " (through \($0))" } ?? ""
        let words = String(cString: curl_easy_strerror(code))
        let summary = words + through
        let said = String(cString: messageBuffer)
        let text = said.isEmpty ? words : said
        let detail = text.split(whereSeparator: \.isNewline).joined(separator: " ") + through
        if let problem = TLSFiles.problem(code, detail) { return HTTPError(problem, detail, summary: summary) }
        let kind: HTTPError.Kind
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR:
            kind = .cannotConnect
        case CURLE_OPERATION_TIMEDOUT:
            var requestBytes = 0
            _ = coppice_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &requestBytes)
            kind = requestBytes == 0 ? .cannotConnect : .timedOut
        case CURLE_FILESIZE_EXCEEDED: return HTTPError(.tooLarge, "more than \(request.limits.bodyBytesMax) bytes")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2: kind = .malformed
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Said of a scheme that is not allowed, and of an answer that is not HTTP/1.
            kind = headerBytes == 0 && !request.url.hasPrefix("http") ? .unusable : .malformed
        case CURLE_URL_MALFORMAT, CURLE_OUT_OF_MEMORY: kind = .unusable
        default: kind = .connectionLost
        }
        return HTTPError(kind, detail, summary: summary)
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    fileprivate var milliseconds: Int { max(1, Int(self / .milliseconds(1))) }
}
