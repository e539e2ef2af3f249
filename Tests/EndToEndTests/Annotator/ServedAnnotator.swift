import Foundation
import Glibc

/// A `coppice serve` that runs, and a browser's side of it: one request a connection, over blocking sockets.
struct ServedAnnotator: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// Names in lower case.
        var fields: [String: String]
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        /// A member of the body.
        func member(_ name: String) -> Any? {
            (try? JSONSerialization.jsonObject(with: body) as? [String: Any])?[name]
        }
    }

    struct Failure: Error { let reason: String }

    /// A test that waits longer has failed.
    private static let waitMax = Duration.seconds(120)

    let running: Running
    let port: UInt16
    /// Of the page's cookie.
    var person = ""

    /// Starts the program and waits for the page's address.
    static func start(_ arguments: [String]) async throws -> ServedAnnotator {
        let running = try Program.start(["serve", "--local", "1"] + arguments)
        guard await running.says("/\n"), let url = URL(string: String(running.outputSoFar.split(separator: "\n")[0])),
            let port = url.port.flatMap(UInt16.init(exactly:))
        else { throw Failure(reason: "no address: \(await running.ended().errors)") }
        var served = ServedAnnotator(running: running, port: port)
        let page = try await served.send("GET", "/")
        let cookie = page.fields["set-cookie"]?.split(separator: ";").first.map(String.init) ?? ""
        served.person = cookie.split(separator: "=").last.map(String.init) ?? ""
        return served
    }

    /// Ends the program as a user would.
    func end() async -> Program.Outcome {
        running.kill(SIGTERM)
        return await running.ended()
    }

    /// Sends a request and reads the whole answer.
    func send(
        _ method: String, _ target: String, _ body: String? = nil, type: String = "application/json",
        host: String = "127.0.0.1", fields: [String: String] = [:]
    ) async throws -> Answer {
        try await begin(method, target, body.map { Data($0.utf8) }, type: type, host: host, fields: fields).answer()
    }

    /// Sends a request with bytes, and reads the whole answer.
    func send(_ method: String, _ target: String, bytes: Data) async throws -> Answer {
        try await begin(method, target, bytes, type: "application/octet-stream").answer()
    }

    /// Asks until the answer is what is wanted.
    func poll(_ target: String, until isWanted: (Answer) -> Bool) async throws -> Answer {
        let deadline = ContinuousClock.now + Self.waitMax
        while true {
            let answer = try await send("GET", target)
            if isWanted(answer) { return answer }
            guard ContinuousClock.now < deadline else {
                throw Failure(reason: "\(target): not in \(Self.waitMax): \(answer.text.prefix(1000))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A request that is sent, and not answered yet.
    struct Pending: Sendable {
        fileprivate let socket: Int32

        /// Reads the whole answer.
        func answer() async throws -> Answer {
            try await onThread {
                defer { close(socket) }
                var bytes = Data()
                while let more = ServedAnnotator.receive(from: socket) { bytes += more }
                return try ServedAnnotator.answer(bytes)
            }
        }

        /// Ends the connection instead.
        func hangUp() { close(socket) }
    }

    /// Sends a request.
    func begin(
        _ method: String, _ target: String, _ body: Data?, type: String = "application/json", host: String = "127.0.0.1",
        fields: [String: String] = [:]
    ) async throws -> Pending {
        Pending(socket: try await onThread { try connect(request: method, target, body, type, host, fields) })
    }

    /// Reads frames of the stream until one has what is waited for.
    func frames(
        client: String, since: Int, until isLast: @escaping @Sendable ([String: Any]) -> Bool
    ) async throws -> [(json: Data, bytes: Data)] {
        try await onThread {
            let socket = try connect(
                request: "GET", "/api/v1/stream?client=\(client)&since=\(since)", nil, "application/json", "127.0.0.1", [:])
            defer { close(socket) }
            var bytes = Data()
            var frames: [(json: Data, bytes: Data)] = []
            let deadline = ContinuousClock.now + Self.waitMax
            while let more = Self.receive(from: socket) {
                bytes += more
                guard let head = bytes.range(of: Data("\r\n\r\n".utf8)) else { continue }
                frames = Self.frames(of: Self.unchunked(Data(bytes[head.upperBound...])))
                // Others may have come with the one that is waited for.
                let documents = try frames.map { try JSONSerialization.jsonObject(with: $0.json) as? [String: Any] ?? [:] }
                if let last = documents.firstIndex(where: isLast) { return Array(frames[...last]) }
                guard ContinuousClock.now < deadline else {
                    throw Failure(reason: "not in \(Self.waitMax): \(documents.suffix(5))")
                }
            }
            throw Failure(reason: "the stream ended after \(frames.count) frames")
        }
    }

    // MARK: Bytes

    private func connect(
        request method: String, _ target: String, _ body: Data?, _ type: String, _ host: String, _ fields: [String: String]
    ) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: Int(Self.waitMax.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw Failure(reason: "connect: \(errno)") }
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"]
        if !person.isEmpty { lines.append("Cookie: coppice-person=\(person)") }
        for (name, value) in fields { lines.append("\(name): \(value)") }
        if let body { lines += ["Content-Type: \(type)", "Content-Length: \(body.count)"] }
        let bytes = Data((lines + ["", ""]).joined(separator: "\r\n").utf8) + (body ?? Data())
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
        return descriptor
    }

    private static func receive(from descriptor: Int32) -> Data? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Data(buffer[0..<count]) : nil
    }

    private static func answer(_ bytes: Data) throws -> Answer {
        guard let head = bytes.range(of: Data("\r\n\r\n".utf8)) else { throw Failure(reason: "no answer") }
        let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let words = lines[0].split(separator: " ")
        let rest = Data(bytes[head.upperBound...])
        let body = fields["transfer-encoding"] == "chunked" ? unchunked(rest) : rest
        return Answer(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, fields: fields, body: body)
    }

    /// The whole chunks of a chunked body.
    private static func unchunked(_ bytes: Data) -> Data {
        var body = Data()
        var rest = bytes[...]
        while let end = rest.range(of: Data("\r\n".utf8)),
            let count = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), count > 0,
            rest.endIndex - end.upperBound >= count + 2
        {
            body += rest[end.upperBound..<end.upperBound + count]
            rest = rest[(end.upperBound + count + 2)...]
        }
        return body
    }

    private static func frames(of bytes: Data) -> [(json: Data, bytes: Data)] {
        var frames: [(json: Data, bytes: Data)] = []
        var place = bytes.startIndex
        while bytes.endIndex - place >= 8 {
            let lengths = [0, 4].map { offset in
                (0..<4).reduce(0) { $0 | Int(bytes[place + offset + $1]) << (8 * $1) }
            }
            let start = place + 8
            guard bytes.endIndex - start >= lengths[0] + lengths[1] else { break }
            let middle = start + lengths[0]
            frames.append((Data(bytes[start..<middle]), Data(bytes[middle..<middle + lengths[1]])))
            place = middle + lengths[1]
        }
        return frames
    }
}
