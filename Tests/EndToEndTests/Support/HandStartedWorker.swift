import Foundation

/// A `coppice-worker` process started by hand, as on a cluster.
final class HandStartedWorker: Sendable {
    let running: Running
    /// `http://127.0.0.1:port`.
    let url: String

    /// Starts a worker and waits until it says where it listens, without holding a thread of the tests.
    static func start(slots: Int = 1, token: String? = nil, arguments: [String] = []) async throws -> HandStartedWorker {
        let running = try Running(
            Program.worker, ["--slots", "\(slots)", "--port", "0"] + arguments,
            environment: token.map { ["COPPICE_TOKEN": $0] } ?? [:])
        _ = await running.says("}\n")
        struct Hello: Decodable { var url: String }
        let line = Data(running.outputSoFar.split(separator: "\n").first.map(String.init)?.utf8 ?? "".utf8)
        return HandStartedWorker(running, url: try JSONDecoder().decode(Hello.self, from: line).url)
    }

    private init(_ running: Running, url: String) {
        self.running = running
        self.url = url
    }

    deinit {
        running.kill()
        _ = running.wait()
    }

    /// The `/metrics` page, over a plain socket.
    func metrics(token: String? = nil) throws -> String { try PlainHTTP.get("\(url)/metrics", token: token) }

    /// Comes back once the worker computes a job; false if the worker or `other` ends before.
    func waitUntilBusy(besides other: Running) throws -> Bool {
        while running.process.isRunning, other.process.isRunning {
            if try metrics().split(separator: "\n").contains("coppice_worker_jobs_running 1") { return true }
            sched_yield()
        }
        return false
    }
}

/// As little HTTP as the tests need, over a socket of their own.
enum PlainHTTP {
    struct Failure: Error { let reason: String }

    static func get(_ url: String, token: String? = nil) throws -> String {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw Failure(reason: "no URL: \(url)")
        }
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let request = "GET \(parts.path) HTTP/1.1\r\nHost: \(host)\r\n\(authorization)\r\n"
        return String(decoding: try send(request, Data(), host: host, port: port), as: UTF8.self)
    }

    /// Sends a request over a connection of its own, which the answer ends; returns the answer.
    static func send(_ head: String, _ body: Data, host: String = "127.0.0.1", port: Int) throws -> Data {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(reason: "no connection to port \(port)") }
        var rest = Array(head.utf8.dropLast(2)) + Array("Connection: close\r\n\r\n".utf8) + body
        while !rest.isEmpty {
            let count = write(socket, rest, rest.count)
            guard count > 0 else { throw Failure(reason: "the connection to port \(port) broke") }
            rest.removeFirst(count)
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(socket, &buffer, buffer.count), count > 0 { answer.append(contentsOf: buffer[0..<count]) }
        return answer
    }
}
