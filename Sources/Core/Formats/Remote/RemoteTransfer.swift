internal import CCurl
internal import Foundation
internal import Imaging

/// One request of a `RemoteClient`, and what comes back.
final class RemoteTransfer {
    enum Outcome {
        case answer(RemoteClient.Answer)
        /// There is no such object.
        case none
        /// A failure that may pass.
        case passing(String)
    }

    private let url: RemoteURL
    private let part: RemoteClient.Part
    private let tag: String?
    private let byteCountMax: Int
    private(set) var body: [UInt8] = []
    private var headers: [String: String] = [:]
    private var headerByteCount = 0
    private var isTooLarge = false
    private var status = 0

    private static let headerByteCountMax = 64 << 10

    init(_ url: RemoteURL, _ part: RemoteClient.Part, tag: String?, byteCountMax: Int) {
        (self.url, self.part, self.tag, self.byteCountMax) = (url, part, tag, byteCountMax)
    }

    /// Has libcurl do it.
    func perform(on handle: UnsafeMutableRawPointer) -> CURLcode {
        // Connections stay.
        curl_easy_reset(handle)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = coppice_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = coppice_curl_set_text(handle, CURLOPT_URL, url.address)
        _ = coppice_curl_set_text(handle, CURLOPT_USERAGENT, "coppice")
        for (option, value) in [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_BUFFERSIZE, 256 << 10),
            (CURLOPT_CONNECTTIMEOUT_MS, 10_000), (CURLOPT_LOW_SPEED_LIMIT, 1), (CURLOPT_LOW_SPEED_TIME, 30),
            (CURLOPT_TIMEOUT, 600),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
        ] {
            _ = coppice_curl_set_long(handle, option, value)
        }
        if let file = ProcessInfo.processInfo.environment["SSL_CERT_FILE"], !file.isEmpty {
            _ = coppice_curl_set_text(handle, CURLOPT_CAINFO, file)
        }
        var lines: [String] = []
        switch part {
        case .whole: break
        case .range(let offset, let count): lines.append("Range: bytes=\(offset)-\(offset + count - 1)")
        case .last(let count): lines.append("Range: bytes=-\(count)")
        }
        if let tag, tag.hasPrefix("\"") { lines.append("If-Match: \(tag)") }
        if let credentials = url.credentials {
            _ = coppice_curl_set_text(handle, CURLOPT_AWS_SIGV4, "aws:amz:\(credentials.region):s3")
            _ = coppice_curl_set_text(handle, CURLOPT_USERNAME, credentials.key)
            _ = coppice_curl_set_text(handle, CURLOPT_PASSWORD, credentials.secret)
            // S3 wants the hash of the body, which is empty.
            lines.append("x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            if let session = credentials.session { lines.append("x-amz-security-token: \(session)") }
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { list = curl_slist_append(list, line) ?? list }
        defer { curl_slist_free_all(list) }
        _ = coppice_curl_set_list(handle, CURLOPT_HTTPHEADER, list)
        _ = coppice_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            RemoteTransfer.from(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        _ = coppice_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = coppice_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            RemoteTransfer.from(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        _ = coppice_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        let code = curl_easy_perform(handle)
        var status = 0
        _ = coppice_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        self.status = status
        return code
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> RemoteTransfer {
        guard let context else { preconditionFailure("libcurl called back without a context") }
        return Unmanaged<RemoteTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerByteCount += bytes.count
        guard headerByteCount <= Self.headerByteCountMax else { return 0 }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            headers = [:]
        } else if let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespacesAndNewlines)
        }
        return bytes.count
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= byteCountMax else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// What the transfer means.
    ///
    /// - Throws: `ImageError` for failures that will not pass.
    func outcome(_ code: CURLcode) throws(ImageError) -> Outcome {
        if isTooLarge {
            if part == .whole || status == 200 {
                throw .unsupported(
                    path: url.text, reason: Self.needsRanges(part) ?? "expected at most \(byteCountMax) bytes, found more")
            }
            throw .io(path: url.text, reason: "expected \(byteCountMax) bytes of the object, found more")
        }
        guard code == CURLE_OK else {
            let reason = String(cString: curl_easy_strerror(code))
            switch code {
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CACERT_BADFILE:
                throw .io(path: url.text, reason: reason)
            default: return .passing(reason)
            }
        }
        switch status {
        case 200, 206: return .answer(try answer())
        case 404: return .none
        case 412: throw .io(path: url.text, reason: "expected the object \(tag ?? ""), found that it has changed")
        case 416:
            return .answer(
                .init(bytes: [], objectByteCount: Self.total(of: headers["content-range"]), tag: version, isPart: true))
        case 429, 500...599: return .passing("the server answers \(status)")
        case 300..<400:
            throw .io(path: url.text, reason: "expected the object, found a redirect (\(status)), which is not followed")
        case 401, 403: throw .io(path: url.text, reason: "the server refuses it (\(status)): no or wrong credentials")
        default: throw .io(path: url.text, reason: "the server answers \(status)")
        }
    }

    private func answer() throws(ImageError) -> RemoteClient.Answer {
        if let tag, !tag.isEmpty, !version.isEmpty, tag != version {
            throw .io(path: url.text, reason: "expected the object \(tag), found \(version): it has changed")
        }
        if status == 200, let reason = Self.needsRanges(part) { throw .unsupported(path: url.text, reason: reason) }
        let total = status == 206 ? Self.total(of: headers["content-range"]) : body.count
        if case .range(_, let count) = part, body.count > count {
            throw .io(path: url.text, reason: "expected \(count) bytes of the object, found \(body.count)")
        }
        return .init(bytes: body, objectByteCount: total, tag: version, isPart: status == 206)
    }

    private static func needsRanges(_ part: RemoteClient.Part) -> String? {
        part == .whole ? nil : "expected a server that sends parts of objects (Range), found one that does not"
    }

    private var version: String { headers["etag"] ?? headers["last-modified"] ?? "" }

    /// The size in `bytes 0-99/1234`.
    private static func total(of range: String?) -> Int? {
        range.flatMap { $0.split(separator: "/").last }.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
