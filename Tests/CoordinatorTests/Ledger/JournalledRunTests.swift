import Foundation
@testable import Primitives
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

/// What a dispatcher does with a journal, and how it stops.
@Suite struct JournalledRunTests {
    private struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    /// A journal in memory.
    private final class Notebook: ResultJournal {
        private let results: Lock<[Int: Data]>
        private let breaksAt: Int?

        init(_ results: [Int: String] = [:], breaksAt: Int? = nil) {
            self.results = Lock(results.mapValues { Data($0.utf8) })
            self.breaksAt = breaksAt
        }

        var all: [Int: String] { results.withLock { $0.mapValues { String(decoding: $0, as: UTF8.self) } } }

        func mayHold(_ job: JobIndex) -> Bool { results.withLock { $0[job.value] != nil } }
        func result(of job: JobIndex) -> Data? { results.withLock { $0[job.value] } }
        func forget(_ job: JobIndex) { results.withLock { $0[job.value] = nil } }
        func keep(_ result: Data, of job: JobIndex) async throws {
            if job.value == breaksAt { throw Wrong(description: "disk full") }
            results.withLock { $0[job.value] = result }
        }
    }

    private func dispatcher(_ worker: ScriptedWorker) -> Dispatcher {
        var settings = Dispatcher.Settings()
        settings.pollPause = .zero
        return Dispatcher(roster: [WorkerEndpoint(url: "http://worker/0")], settings: settings) { _ in worker }
    }

    private static func job(_ number: Int) -> DispatchJob<String> {
        DispatchJob(label: "tile \(number)") { _ in
            Data("job \(number)".utf8)
        } accept: { data in
            let text = String(decoding: data, as: UTF8.self)
            guard text == "done job \(number)" else { throw Wrong(description: "expected done job \(number), found \(text)") }
            return text
        }
    }

    @Test func `known results are delivered and not computed, new ones are kept`() async throws {
        let known = Dictionary(uniqueKeysWithValues: stride(from: 0, to: 50, by: 3).map { ($0, "done job \($0)") })
        let notebook = Notebook(known)
        let worker = ScriptedWorker(slots: 2)
        let (dispatcher, client) = (dispatcher(worker), DispatchClient())
        let delivered = Lock<[Int]>([])
        let summary = try await dispatcher.run((0..<50).map(Self.job), for: client, journal: notebook) { job, output in
            #expect(output == "done job \(job.value)")
            // A result is in the journal before it is delivered.
            #expect(notebook.all[job.value] == output)
            delivered.withLock { $0.append(job.value) }
        }
        #expect(delivered.withLock { $0.sorted() } == Array(0..<50))
        #expect(Set(worker.submitted) == Set((0..<50).filter { known[$0] == nil }.map { "job \($0)" }))
        #expect(notebook.all.count == 50)
        #expect(summary.counters.jobsDone + known.count == 50)
        #expect(client.restoredCount == known.count)
    }

    @Test func `a run whose results are all known needs no worker`() async throws {
        let notebook = Notebook([0: "done job 0", 1: "done job 1"])
        let dispatcher = Dispatcher { _ in ScriptedWorker() }
        let delivered = Lock(0)
        _ = try await dispatcher.run((0..<2).map(Self.job), journal: notebook) { _, _ in delivered.withLock { $0 += 1 } }
        #expect(delivered.withLock { $0 } == 2)
    }

    @Test func `a kept result that fails its checks is computed again`() async throws {
        let notebook = Notebook([0: "done job 0", 1: "nonsense"])
        let worker = ScriptedWorker()
        _ = try await dispatcher(worker).run((0..<2).map(Self.job), journal: notebook) { _, _ in }
        #expect(worker.submitted == ["job 1"])
        #expect(notebook.all[1] == "done job 1")
    }

    @Test func `a journal that cannot be written ends the run with its reason`() async {
        await #expect {
            try await dispatcher(ScriptedWorker()).run((0..<9).map(Self.job), journal: Notebook(breaksAt: 4)) { _, _ in }
        } throws: { error in
            if case .delivery = error as? RunError { "\(error)" == "disk full" } else { false }
        }
    }

    @Test func `a stopped run delivers what workers are at, and hands out nothing more`() async throws {
        let worker = ScriptedWorker(slots: 4) { _, _ in .acceptsFirst(polls: 3) }
        let (dispatcher, client) = (dispatcher(worker), DispatchClient())
        let notebook = Notebook()
        let delivered = Lock(0)
        // Without a stop this run has no end.
        let run = Task {
            try await dispatcher.run(AsyncStream(unfolding: Endless().next), for: client, journal: notebook) { _, _ in
                delivered.withLock { $0 += 1 }
            }
        }
        _ = await worker.started.value
        await dispatcher.stop(client, within: .seconds(3600))
        await #expect {
            try await run.value
        } throws: { error in
            if case .cancelled = error as? RunError { true } else { false }
        }
        #expect(delivered.withLock { $0 } == worker.submitted.count)
        #expect(notebook.all.count == worker.submitted.count)
        #expect(worker.cancelled.isEmpty)
        await #expect(throws: RunError.self) { try await dispatcher.run([Self.job(0)], for: client) { _, _ in } }
    }

    @Test func `a stopped run waits no longer than it may`() async throws {
        let worker = ScriptedWorker { _, _ in .hang }
        let (dispatcher, client) = (dispatcher(worker), DispatchClient())
        let run = Task { try await dispatcher.run((0..<9).map(Self.job), for: client) { _, _ in } }
        _ = await worker.started.value
        await dispatcher.stop(client, within: .zero)
        await #expect(throws: RunError.self) { try await run.value }
        #expect(worker.cancelled.contains(ContentHash(of: Data("job 0".utf8))))
    }

    @Test func `nobody is missed while the source goes through known results, and afterwards as ever`() {
        var bench = SchedulerBench(slots: [])
        bench.tell(.workerJoined(WorkerIndex(0)))
        bench.tell(.workerProbed(WorkerIndex(0), .unfit("token")))
        for _ in 0..<50 { bench.wait(.seconds(30)) }
        #expect(bench.state.isRunning)
        bench.addJobs(1)
        for _ in 0..<20 { bench.wait(.seconds(1)) }
        #expect(bench.all.last == .workersLost("no usable worker"))
    }

    /// Gives jobs for ever.
    private final class Endless: Sendable {
        private let upcoming = Lock(0)

        @Sendable func next() async -> DispatchJob<String>? {
            JournalledRunTests.job(
                upcoming.withLock { number in
                    defer { number += 1 }
                    return number
                })
        }
    }
}
