import Foundation
@testable import HTTPClient
@testable import Primitives
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

/// A worker's HTTP interface in a few lines: holds blobs, and does jobs by turning `x` into `done x`.
private final class TinyWorker: Sendable {
    private let blobs = Lock<Set<String>>([])
    private let jobs = Lock(0)
    /// Cuts the connection at every job whose number is a multiple of this.
    private let cutsEvery: Int?

    var jobCount: Int { jobs.withLock { $0 } }

    init(cutsEvery: Int? = nil) { self.cutsEvery = cutsEvery }

    func start() -> TestServer {
        TestServer { [self] connection in
            while let (head, body) = connection.readRequest() {
                guard answer(head, body, on: connection) else { return }
            }
        }
    }

    private func answer(_ head: String, _ body: Data, on connection: TestServer.Connection) -> Bool {
        let words = head.split(separator: " ", maxSplits: 2)
        switch (words[0], words[1]) {
        case ("GET", "/v1/worker"):
            connection.answer(
                body: "{\"version\":\"t\",\"slots\":2,\"memory\":1,\"cpu\":[],\"blobs\":[],\"draining\":false}")
        case ("PUT", let path) where path.hasPrefix("/v1/blobs/"):
            blobs.withLock { _ = $0.insert(String(path.dropFirst(10))) }
            connection.answer(201)
        case ("POST", let path) where path.hasPrefix("/v1/jobs?wait="):
            let count = jobs.withLock { jobs in
                jobs += 1
                return jobs
            }
            if let cutsEvery, count.isMultiple(of: cutsEvery) { return false }
            connection.answer(body: "done " + String(decoding: body, as: UTF8.self))
        default:
            connection.answer(404)
        }
        return true
    }
}

@Suite struct RunOverHTTPTests {
    @Test func `jobs and blobs go over real connections, some of which break`() async throws {
        let workers = [TinyWorker(), TinyWorker(cutsEvery: 7)]
        let servers = workers.map { $0.start() }
        defer { for server in servers { server.stop() } }
        let client = CurlClient()
        var settings = Dispatcher.Settings()
        settings.limits.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
        // Tests that run at the same time may keep this one from running for longer than a run waits for workers.
        settings.limits.grace = .seconds(600)
        let dispatcher = Dispatcher(roster: servers.map { WorkerEndpoint(url: $0.url) }, settings: settings) {
            WorkerClient($0, over: client)
        }
        let blob = Data("table".utf8)
        let hash = ContentHash(of: blob)
        let delivered = Lock<Set<Int>>([])
        let jobs = (0..<300).map { number in
            DispatchJob(label: "job \(number)", blobs: [hash]) { _ in
                Data(String(repeating: "\(number) ", count: 100).utf8)
            } accept: { result in
                String(decoding: result, as: UTF8.self)
            }
        }
        let summary = try await dispatcher.run(jobs, blobs: BlobSource([hash: blob])) { job, output in
            #expect(output == "done " + String(repeating: "\(job.value) ", count: 100))
            let isNew = delivered.withLock { $0.insert(job.value).inserted }
            #expect(isNew)
        }
        #expect(delivered.withLock { $0.count } == 300)
        #expect(summary.counters.jobsDone == 300)
        #expect(workers.allSatisfy { $0.jobCount > 0 })
        #expect(client.traffic.bytesSent > 300 * 300)
    }
}
