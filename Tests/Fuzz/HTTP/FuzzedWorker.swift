internal import HTTPServing
internal import Foundation
internal import Logging
@testable import Primitives
internal import FuzzSamples

internal import Synchronization
@testable internal import Worker

/// A real worker on a loopback port, with the least memory and short limits of time, and the client that attacks it.
final class FuzzedWorker {
    /// Longer than any answer may take: waits are for jobs, and those are small.
    private static let answerSecondsMax = 20

    private var server: WorkerServer<CoreWorkload>
    private var serving: Task<Void, any Error>
    private var port: Int

    init() { (server, serving, port) = Self.start() }

    /// The names of the blobs that every worker holds from the start.
    static func blobNames(_ samples: Samples) throws -> Samples.BlobNames {
        let documents = try samples.blobDocuments()
        var names = Samples.BlobNames()
        names.table = ContentHash(of: documents.table)
        names.pixelModel = ContentHash(of: documents.pixelModel)
        names.rowModel = ContentHash(of: documents.rowModel)
        return names
    }

    /// Sends `bytes`, closes the sending side, and reads all answers.
    func receive(_ bytes: [UInt8]) {
        // An input may have drained the worker: it takes no jobs any more.
        if server.engine.isDraining {
            serving.cancel()
            (server, serving, port) = Self.start()
        }
        let answers = exchange(bytes)
        let text = String(decoding: answers.prefix(16), as: UTF8.self)
        precondition(answers.isEmpty || text.hasPrefix("HTTP/1."), "no HTTP: \(text)")
        precondition(answers.range(of: Data("HTTP/1.1 500".utf8)) == nil, "the worker blames itself")
    }

    private static func start() -> (WorkerServer<CoreWorkload>, Task<Void, any Error>, port: Int) {
        let limits = WorkerLimits(slots: 1, memory: WorkerLimits.memoryMin)
        var connections = ConnectionLimits()
        connections.headTime = .seconds(2)
        connections.bodyTime = .seconds(2)
        connections.idleTime = .seconds(2)
        connections.lingerTime = .milliseconds(100)
        let server = WorkerServer(
            CoreWorkload(limits: limits), address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits, token: nil,
            connections: connections, logger: Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() }))
        let started = DispatchSemaphore(value: 0)
        let box = PortBox()
        let serving = Task {
            try await server.run { found in
                box.port.withLock { $0 = found }
                started.signal()
            }
        }
        started.wait()
        storeBlobs(in: server)
        return (server, serving, box.port.withLock(\.self))
    }

    private static func storeBlobs(in server: WorkerServer<CoreWorkload>) {
        do {
            let documents = try Samples().blobDocuments()
            let done = DispatchSemaphore(value: 0)
            let budget = BodyBudget(bytesMax: 1 << 20)
            Task {
                for document in [documents.table, documents.pixelModel, documents.rowModel] {
                    _ = await server.engine.store(
                        ContentHash(of: document), GatheredBody(bytes: document, lease: budget.lease()))
                }
                done.signal()
            }
            done.wait()
        } catch {
            preconditionFailure("the samples: \(error)")
        }
    }

    private final class PortBox: Sendable {
        let port = Lock(0)
    }

    private func exchange(_ bytes: [UInt8]) -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var timeLimit = timeval(tv_sec: Self.answerSecondsMax, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeLimit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        precondition(connected == 0, "the worker does not listen any more: \(errno)")
        var sentCount = 0
        while sentCount < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress.map { $0 + sentCount }, bytes.count - sentCount, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sentCount += count
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answers = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            precondition(count >= 0 || errno != EAGAIN, "no answer and no end for \(Self.answerSecondsMax) seconds")
            if count <= 0 { return answers }
            answers.append(contentsOf: buffer[0..<count])
        }
    }
}
