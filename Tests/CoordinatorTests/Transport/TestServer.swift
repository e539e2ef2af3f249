import Foundation
import Glibc
@testable import Primitives
internal import Protocol
internal import Synchronization

/// A server on loopback that does to each connection whatever a test says, on a thread per connection.
final class TestServer: Sendable {
    /// One connection, as seen by the test's script.
    struct Connection {
        let descriptor: Int32

        /// The head of the next request, nil at the end of the connection.
        func readHead() -> String? {
            var bytes: [UInt8] = []
            while !bytes.ends(with: "\r\n\r\n") {
                guard let byte = read(1)?.first else { return nil }
                bytes.append(byte)
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// The next request, nil at the end of the connection. The body is read by its `Content-Length`.
        func readRequest() -> (head: String, body: Data)? {
            guard let head = readHead() else { return nil }
            let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
            var body = Data()
            while body.count < length ?? 0 {
                guard let more = read(65536) else { return nil }
                body += more
            }
            return (head, body)
        }

        private func read(_ countMax: Int) -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: countMax)
            let count = recv(descriptor, &buffer, countMax, 0)
            return count > 0 ? Array(buffer.prefix(count)) : nil
        }

        /// Returns false once the client has gone away.
        @discardableResult
        func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        @discardableResult
        func write(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// - Parameter sent: what the body was before it was damaged, if it was.
        func answer(_ status: Int = 200, headers: String = "", body: String = "", sent: String? = nil) {
            let digest = ContentHash(of: Data((sent ?? body).utf8)).digestField
            write(
                "HTTP/1.1 \(status) Words\r\n\(headers)Content-Digest: \(digest)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        }

        /// An answer as from a worker of another make, which sends no hash.
        func answerWithoutDigest(_ status: Int = 200, body: String) {
            write("HTTP/1.1 \(status) Words\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }

        /// Waits until the client closes the connection.
        func waitForEnd() {
            while read(65536) != nil {}
        }
    }

    let port: UInt16
    private let listener: Int32
    private let accepted = Lock(0)

    /// - Parameter script: gets each connection; the connection is closed when it returns.
    init(_ script: @escaping @Sendable (Connection) -> Void) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return }
            precondition(bind(listener, start, length) == 0, "bind: \(errno)")
            precondition(listen(listener, 256) == 0, "listen: \(errno)")
            getsockname(listener, start, &length)
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                accepted.withLock { $0 += 1 }
                Thread {
                    script(Connection(descriptor: descriptor))
                    close(descriptor)
                }.start()
            }
        }.start()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Connections so far.
    var connectionCount: Int { accepted.withLock { $0 } }

    /// Accepts no more connections.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
