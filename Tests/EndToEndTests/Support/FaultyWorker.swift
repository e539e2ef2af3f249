import Foundation
import Glibc
@testable import Primitives

/// A worker with a fault: an HTTP server on loopback that asks the test what becomes of every request, and may pass it to a real worker.
///
/// Each connection has a thread of its own and carries one request.
final class FaultyWorker: Sendable {
    struct Request: Sendable {
        /// Such as `POST`.
        let method: String
        /// With the query.
        let path: String
        let body: Data
        /// As it came, header included.
        fileprivate let bytes: Data

        var isJob: Bool { path.hasPrefix("/v1/jobs") && method != "DELETE" }
        var isNewJob: Bool { path.hasPrefix("/v1/jobs") && method == "POST" }
    }

    /// What becomes of a request.
    enum Fate: Sendable {
        /// The real worker answers.
        case pass
        /// The real worker answers once the gate is open.
        case hold(Gate)
        /// The real worker answers, and what it says with status 200 is changed.
        case alter(@Sendable (Data) -> Data)
        case answer(Int, String)
        /// Nobody ever answers.
        case hang
    }

    let url: String
    private let listener: Int32
    private let target: UInt16?
    private let judge: @Sendable (Request) -> Fate

    /// - Parameters:
    ///   - worker: `http://127.0.0.1:port` of the worker that requests are passed to.
    ///   - judge: called on the thread of each connection.
    init(before worker: String? = nil, _ judge: @escaping @Sendable (Request) -> Fate) throws {
        target = worker.flatMap { URLComponents(string: $0)?.port }.flatMap(UInt16.init(exactly:))
        self.judge = judge
        let (listener, port) = try Self.listen()
        self.listener = listener
        url = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [weak self] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                guard let self else {
                    close(descriptor)
                    return
                }
                Thread.detachNewThread {
                    self.serve(descriptor)
                    close(descriptor)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        guard let request = Self.read(descriptor) else { return }
        switch judge(request) {
        case .pass: Self.write(forward(request), to: descriptor)
        case .hold(let gate):
            gate.wait()
            Self.write(forward(request), to: descriptor)
        case .alter(let change): Self.write(Self.altered(forward(request), change), to: descriptor)
        case .answer(let status, let body): Self.write(Self.answer(status, Data(body.utf8)), to: descriptor)
        case .hang:
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    /// The whole answer of the real worker; nothing if there is none.
    private func forward(_ request: Request) -> Data {
        guard let target, let socket = try? Self.connect(to: target) else { return Data() }
        defer { close(socket) }
        var bytes = request.bytes
        // One request a connection: its end is the end of the answer.
        if let end = bytes.range(of: Data("\r\n".utf8)) {
            bytes.insert(contentsOf: Data("Connection: close\r\n".utf8), at: end.upperBound)
        }
        Self.write(bytes, to: socket)
        var answer = Data()
        while let more = Self.receive(65536, from: socket) { answer += more }
        return answer
    }

    private static func altered(_ answer: Data, _ change: (Data) -> Data) -> Data {
        guard answer.starts(with: Data("HTTP/1.1 200".utf8)), let end = answer.range(of: Data("\r\n\r\n".utf8)) else {
            return answer
        }
        return Self.answer(200, change(Data(answer[end.upperBound...])))
    }

    private static func answer(_ status: Int, _ body: Data) -> Data {
        let head = [
            "HTTP/1.1 \(status) Words", "Content-Type: application/json", "Content-Length: \(body.count)",
            "Content-Digest: sha-256=:\(digest(of: body)):", "Connection: close", "", "",
        ]
        return Data(head.joined(separator: "\r\n").utf8) + body
    }

    /// Whoever lies says the hash of the lie (RFC 9530): what is told apart from an answer that was damaged on the way.
    private static func digest(of body: Data) -> String {
        let digits = Array(ContentHash(of: body).hex)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        return Data(bytes).base64EncodedString()
    }
}

// MARK: Sockets

extension FaultyWorker {
    struct Failure: Error { let reason: String }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withAddress<Value>(
        _ address: inout sockaddr_in, _ work: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Value
    ) -> Value {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { work($0, &length) }
        }
    }

    private static func socket() throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: "socket: \(errno)") }
        return descriptor
    }

    private static func listen() throws -> (listener: Int32, port: UInt16) {
        let listener = try socket()
        var address = address(0)
        let isReady = withAddress(&address) { pointer, length in
            bind(listener, pointer, length) == 0 && Glibc.listen(listener, 256) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard isReady else { throw Failure(reason: "listen: \(errno)") }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private static func connect(to port: UInt16) throws -> Int32 {
        let descriptor = try socket()
        var address = address(port)
        guard withAddress(&address, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw Failure(reason: "connect: \(errno)")
        }
        return descriptor
    }

    private static func receive(_ countMax: Int, from descriptor: Int32) -> Data? {
        var buffer = [UInt8](repeating: 0, count: countMax)
        let count = recv(descriptor, &buffer, countMax, 0)
        return count > 0 ? Data(buffer[0..<count]) : nil
    }

    /// The next request, with the body that its `Content-Length` announces.
    private static func read(_ descriptor: Int32) -> Request? {
        var bytes = Data()
        var end: Range<Data.Index>?
        while end == nil {
            guard let more = receive(65536, from: descriptor) else { return nil }
            bytes += more
            end = bytes.range(of: Data("\r\n\r\n".utf8))
        }
        guard let end else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let length =
            lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        while bytes.count - end.upperBound < length {
            guard let more = receive(65536, from: descriptor) else { return nil }
            bytes += more
        }
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count >= 2 else { return nil }
        return Request(method: words[0], path: words[1], body: Data(bytes[end.upperBound...]), bytes: bytes)
    }

    private static func write(_ data: Data, to descriptor: Int32) {
        data.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}

/// Holds threads back until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    /// For threads that may block.
    func wait() {
        semaphore.wait()
        // The next one may pass as well.
        semaphore.signal()
    }
}
