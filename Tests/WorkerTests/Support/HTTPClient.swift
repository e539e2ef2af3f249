internal import Dispatch
internal import Foundation
internal import Glibc

/// One HTTP/1.1 request on one connection, over blocking sockets: small enough to be trusted by tests.
struct HTTPClient: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// Names in lower case.
        var fields: [String: String]
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        /// The code of an error document.
        var errorCode: String? {
            struct Document: Decodable {
                struct Body: Decodable { var code: String }
                var error: Body
            }
            return try? JSONDecoder().decode(Document.self, from: body).error.code
        }
    }

    struct Failure: Error {
        let what: String
    }

    let port: Int
    var token: String?

    /// Sends a request and reads the whole answer.
    ///
    /// - Parameters:
    ///   - declaredLength: the Content-Length sent, if it is to be another than the body's.
    ///   - rawBody: bytes sent after the head without any field of their own.
    func send(
        _ method: String, _ target: String, body: Data? = nil, type: String? = "application/json", fields: [String: String] = [:],
        declaredLength: Int? = nil, rawBody: Data = Data()
    ) async throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let body {
            head += "Content-Length: \(declaredLength ?? body.count)\r\n"
            if let type { head += "Content-Type: \(type)\r\n" }
        }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        let request = Data((head + "\r\n").utf8) + (body ?? rawBody)
        let port = port
        return try await withCheckedThrowingContinuation { continuation in
            // Blocking calls need threads that are not the cooperative pool's.
            Thread {
                continuation.resume(with: Result { try Self.exchange(request, port: port, hasBody: method != "HEAD") })
            }.start()
        }
    }

    /// Sends bytes that need not be a request, then `more` again and again, and returns what came back until the server closed the
    /// connection, with the number of bytes that it took.
    func attack(_ bytes: Data, repeating more: Data? = nil) async throws -> (received: Data, sentCount: Int) {
        let port = port
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        let descriptor = try Self.connection(to: port)
                        defer { close(descriptor) }
                        var sentCount = Self.sendAll(bytes, to: descriptor)
                        while let more, case let count = Self.sendAll(more, to: descriptor), count > 0 { sentCount += count }
                        var received = Data()
                        while (try? Self.receive(into: &received, from: descriptor)) != nil {}
                        return (received, sentCount)
                    })
            }.start()
        }
    }

    private static func sendAll(_ bytes: Data, to descriptor: Int32) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            // An answer may come before the whole body is sent.
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    private static func connection(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket: \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard connected == 0 else {
            close(descriptor)
            throw Failure(what: "connect: \(errno)")
        }
        return descriptor
    }

    private static func exchange(_ request: Data, port: Int, hasBody: Bool) throws -> Answer {
        let descriptor = try connection(to: port)
        defer { close(descriptor) }
        _ = sendAll(request, to: descriptor)
        return try read(from: descriptor, hasBody: hasBody)
    }

    private static func read(from descriptor: Int32, hasBody: Bool) throws -> Answer {
        var received = Data()
        let headEnd = Data("\r\n\r\n".utf8)
        var end = received.range(of: headEnd)
        while end == nil {
            try receive(into: &received, from: descriptor)
            end = received.range(of: headEnd)
        }
        guard let end else { preconditionFailure("the loop ends with the head") }
        var answer = parse(head: received[..<end.lowerBound])
        let length = hasBody ? answer.fields["content-length"].flatMap { Int($0) } ?? 0 : 0
        while received.count < end.upperBound + length { try receive(into: &received, from: descriptor) }
        answer.body = received[end.upperBound..<end.upperBound + length]
        return answer
    }

    private static func receive(into received: inout Data, from descriptor: Int32) throws {
        let byteCount = 1 << 18
        let chunk = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, byteCount, 0))
        }
        guard !chunk.isEmpty else { throw Failure(what: "the connection ended after \(received.count) bytes") }
        received.append(contentsOf: chunk)
    }

    private static func parse(head: Data) -> Answer {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, fields: fields, body: Data())
    }
}
