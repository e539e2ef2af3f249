import Dispatch
import Foundation
@testable import Primitives
@testable import Protocol
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

@Suite struct DispatcherTests {
    private struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    /// What was delivered, in order.
    private final class Deliveries: Sendable {
        private let state = Lock<[(job: Int, output: String)]>([])
        var all: [(job: Int, output: String)] { state.withLock { $0 } }
        var count: Int { state.withLock { $0.count } }
        var jobs: [Int] { all.map(\.job).sorted() }
        func add(_ job: JobIndex, _ output: String) { state.withLock { $0.append((job.value, output)) } }
    }

    private static func job(_ number: Int, blobs: [ContentHash] = []) -> DispatchJob<String> {
        DispatchJob(label: "tile \(number)", blobs: blobs) { _ in
            Data("job \(number)".utf8)
        } accept: { data in
            let text = String(decoding: data, as: UTF8.self)
            guard text == "done job \(number)" else { throw Wrong(description: "expected done job \(number), found \(text)") }
            return text
        }
    }

    private static func jobs(_ count: Int, blobs: [ContentHash] = []) -> [DispatchJob<String>] {
        (0..<count).map { job($0, blobs: blobs) }
    }

    private func dispatcher(_ workers: [ScriptedWorker], _ change: (inout Dispatcher.Settings) -> Void = { _ in }) -> Dispatcher {
        var settings = Dispatcher.Settings()
        settings.pollPause = .zero
        settings.limits.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
        settings.limits.busyPause = .milliseconds(1) ... .milliseconds(5)
        settings.limits.hopelessGrace = .milliseconds(5)
        change(&settings)
        let roster = workers.indices.map { WorkerEndpoint(url: "http://worker/\($0)") }
        return Dispatcher(roster: roster, settings: settings) { endpoint in
            workers[Int(endpoint.url.split(separator: "/").last ?? "") ?? 0]
        }
    }

    @Test func `every job is delivered once with its own output`() async throws {
        let workers = [ScriptedWorker(slots: 2), ScriptedWorker()]
        let delivered = Deliveries()
        let summary = try await dispatcher(workers).run(Self.jobs(200)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<200))
        #expect(delivered.all.allSatisfy { $0.output == "done job \($0.job)" })
        #expect(summary.counters.jobsDone == 200)
        #expect(workers[0].inFlightMax <= 3)
        #expect(workers[1].inFlightMax <= 2)
    }

    @Test func `a run without jobs is done`() async throws {
        let summary = try await dispatcher([]).run(Self.jobs(0)) { (_: JobIndex, _: String) in }
        #expect(summary.counters.jobsAdded == 0)
    }

    @Test func `no more jobs are taken than the window allows`() async throws {
        let delivered = Deliveries()
        let taken = Lock(0)
        let most = Lock(0)
        let worker = dispatcher([ScriptedWorker(slots: 2)]) { $0.window = 5 }
        _ = try await worker.run(
            AsyncStream(unfolding: Numbers(100).next).map { number in
                let ahead = taken.withLock { taken in
                    taken += 1
                    return taken
                }
                most.withLock { $0 = max($0, ahead - delivered.count) }
                return Self.job(number)
            }
        ) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<100))
        #expect(most.withLock { $0 } <= 6)
    }

    @Test func `accepted jobs are polled until they are done`() async throws {
        let worker = ScriptedWorker { _, _ in .acceptsFirst(polls: 3) }
        let delivered = Deliveries()
        _ = try await dispatcher([worker]).run(Self.jobs(5)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<5))
        #expect(worker.pollCount == 15)
    }

    @Test func `lost, garbled, busy and draining workers cost nothing but time`() async throws {
        let troubled = ScriptedWorker(slots: 2) { _, count in
            switch count % 5 {
            case 0: .error(.connectionLost("reset"))
            case 1: .answer(.busy(retryAfter: .zero))
            case 2: .error(.cannotConnect("refused"))
            case 3: .answer(.failed(ErrorDocument(code: "memory", message: "out of memory", retryable: true).error))
            default: nil
            }
        }
        let garbling = ScriptedWorker { _, _ in .answer(.result(Data("garbage".utf8))) }
        let delivered = Deliveries()
        let dispatcher = dispatcher([troubled, garbling, ScriptedWorker(), ScriptedWorker()])
        _ = try await dispatcher.run(Self.jobs(100)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<100))
        #expect(garbling.submitted.count <= 3)
        #expect(await dispatcher.workerReports[1].health == "excluded")
    }

    @Test func `answers that are damaged on the way give no job up, and no worker`() async throws {
        let behindBadLink = { ScriptedWorker { _, count in count < 10 ? .error(.damaged("one bit")) : nil } }
        let delivered = Deliveries()
        let dispatcher = dispatcher([behindBadLink(), behindBadLink(), behindBadLink()])
        _ = try await dispatcher.run(Self.jobs(1)) { delivered.add($0, $1) }
        #expect(delivered.jobs == [0])
        #expect(await dispatcher.workerReports.allSatisfy { $0.health != "excluded" })
    }

    @Test func `a missing blob is brought and the job sent again`() async throws {
        let blob = Data("table".utf8)
        let hash = ContentHash(of: blob)
        let workers = [ScriptedWorker(needs: [hash]), ScriptedWorker(needs: [hash])]
        let delivered = Deliveries()
        let dispatcher = dispatcher(workers)
        for _ in 0..<2 {
            _ = try await dispatcher.run(Self.jobs(20, blobs: [hash]), blobs: BlobSource([hash: blob])) { delivered.add($0, $1) }
        }
        #expect(delivered.count == 40)
        #expect(workers.allSatisfy { $0.uploadCount <= 1 })
    }

    @Test func `a straggler's copy gives the result and the straggler is told`() async throws {
        let slow = ScriptedWorker { job, _ in job == "job 0" ? .hang : nil }
        let delivered = Deliveries()
        let dispatcher = dispatcher([slow, ScriptedWorker()]) { $0.limits.stragglerAge = .milliseconds(5) }
        _ = try await dispatcher.run(Self.jobs(10)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<10))
        #expect(slow.cancelled == [ContentHash(of: Data("job 0".utf8))])
        #expect(await dispatcher.counters.copiesWon == 1)
    }

    @Test func `a job that fails everywhere is named, and the others are delivered`() async {
        let workers = (0..<4).map { _ in
            ScriptedWorker { job, _ in job == "job 3" ? .error(.connectionLost("reset")) : nil }
        }
        let delivered = Deliveries()
        do throws(RunError) {
            _ = try await dispatcher(workers).run(Self.jobs(8)) { delivered.add($0, $1) }
            Issue.record("the run should be incomplete")
        } catch {
            guard case .incomplete(let run) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(run.poisonedCount == 1)
            #expect(run.poisoned.first?.label == "tile 3")
            #expect(error.description == "1 of 8 jobs failed everywhere: tile 3: connection lost: reset")
        }
        #expect(delivered.jobs == [0, 1, 2, 4, 5, 6, 7])
    }

    @Test func `a rejected job ends the run with its message`() async {
        let worker = ScriptedWorker { job, _ in
            job == "job 2" ? .answer(.failed(ErrorDocument(code: "invalid", message: "no pixels", retryable: false).error)) : nil
        }
        await #expect {
            try await dispatcher([worker]).run(Self.jobs(8)) { (_: JobIndex, _: String) in }
        } throws: { error in
            String(describing: error) == "tile 2: no pixels"
        }
    }

    @Test func `jobs that fail alone are told why, and the run goes on`() async throws {
        let workers = (0..<4).map { _ in
            ScriptedWorker { job, _ in
                switch job {
                case "job 2": .answer(.failed(ErrorDocument(code: "invalid", message: "no pixels", retryable: false).error))
                case "job 5": .error(.connectionLost("reset"))
                default: nil
                }
            }
        }
        let failures = Lock<[Int: String]>([:])
        let jobs = (0..<8).map { number in
            let job = Self.job(number)
            return DispatchJob(
                label: job.label,
                body: { name in
                    if number == 7 { throw Wrong(description: "cannot read") }
                    return try job.body(name)
                }, accept: job.accept,
                failed: { failure in
                    let text =
                        switch failure {
                        case .unwritable(let error): "unwritable: \(error)"
                        case .rejected(let message): "rejected: \(message)"
                        case .givenUp(let cause): "given up: \(cause)"
                        }
                    failures.withLock { $0[number] = text }
                })
        }
        let delivered = Deliveries()
        let summary = try await dispatcher(workers).run(jobs) { delivered.add($0, $1) }
        #expect(delivered.jobs == [0, 1, 3, 4, 6])
        #expect(
            failures.withLock { $0 }
                == [2: "rejected: no pixels", 5: "given up: connection lost: reset", 7: "unwritable: cannot read"])
        #expect(summary.counters.jobsWithdrawn == 2 && summary.counters.jobsPoisoned == 1 && summary.counters.jobsDone == 5)
    }

    @Test func `without workers the run is given up, with the reason`() async {
        await #expect {
            try await dispatcher([ScriptedWorker(isUnauthorized: true)]).run(Self.jobs(2)) { (_: JobIndex, _: String) in }
        } throws: { error in
            String(describing: error) == "no usable worker: http://worker/0: the token is refused"
        }
        await #expect {
            try await dispatcher([ScriptedWorker(version: "old")]) { $0.workerVersion = "new" }
                .run(Self.jobs(2)) { (_: JobIndex, _: String) in }
        } throws: { error in
            String(describing: error).contains("expected version new, found old")
        }
    }

    @Test func `errors of the source and of delivery end the run`() async {
        let broken = DispatchJob(label: "tile 0") { _ in
            throw Wrong(description: "cannot read")
        } accept: { _ in
            ""
        }
        await #expect {
            try await dispatcher([ScriptedWorker()]).run([broken]) { _, _ in }
        } throws: { error in
            if case .source = error as? RunError { "\(error)" == "cannot read" } else { false }
        }
        await #expect {
            try await dispatcher([ScriptedWorker()]).run(Self.jobs(50)) { (_: JobIndex, _: String) in
                throw Wrong(description: "disk full")
            }
        } throws: { error in
            if case .delivery = error as? RunError { "\(error)" == "disk full" } else { false }
        }
    }

    @Test func `cancelling the task ends the run and tells the workers`() async {
        let worker = ScriptedWorker { _, _ in .hang }
        let dispatcher = dispatcher([worker])
        let task = Task { try await dispatcher.run(Self.jobs(4)) { (_: JobIndex, _: String) in } }
        _ = await worker.started.value
        task.cancel()
        await #expect {
            try await task.value
        } throws: { error in
            if case .cancelled = error as? RunError { true } else { false }
        }
        #expect(worker.cancelled.contains(ContentHash(of: Data("job 0".utf8))))
    }

    @Test func `after a cancelled run the workers can be used again`() async throws {
        let worker = ScriptedWorker { _, count in count == 0 ? .hang : nil }
        let dispatcher = dispatcher([worker])
        let task = Task { try await dispatcher.run(Self.jobs(1)) { (_: JobIndex, _: String) in } }
        _ = await worker.started.value
        task.cancel()
        _ = await task.result
        let delivered = Deliveries()
        _ = try await dispatcher.run(Self.jobs(5)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<5))
    }

    @Test func `a worker that joins in the middle of a run saves it`() async throws {
        let dying = ScriptedWorker { _, _ in .hang }
        let saviour = ScriptedWorker()
        let dispatcher = dispatcher([dying, saviour])
        await dispatcher.leave(WorkerIndex(1))
        let delivered = Deliveries()
        async let summary = dispatcher.run(Self.jobs(10)) { delivered.add($0, $1) }
        _ = await dying.started.value
        await dispatcher.died(WorkerIndex(0), cause: "killed")
        await dispatcher.join(WorkerEndpoint(url: "http://worker/1"))
        _ = try await summary
        #expect(delivered.jobs == Array(0..<10))
    }

    @Test func `the jobs of an urgent run go first, and both runs are done`() async throws {
        let worker = ScriptedWorker(slots: 2)
        let dispatcher = dispatcher([worker]) { $0.window = 100 }
        let (first, second) = (Deliveries(), Deliveries())
        async let quiet = dispatcher.run(Self.jobs(100), for: DispatchClient(priority: .background)) { first.add($0, $1) }
        _ = await worker.started.value
        let urgent = (100..<120).map { Self.job($0) }
        _ = try await dispatcher.run(urgent, for: DispatchClient(priority: .interactive)) {
            second.add(JobIndex($0.value + 100), $1)
        }
        _ = try await quiet
        #expect(first.jobs == Array(0..<100) && second.jobs == Array(100..<120))
        #expect(second.all.allSatisfy { $0.output == "done job \($0.job)" })
        // From the first urgent job to the last one, the worker gets no other.
        let order = worker.submitted.map { Int($0.dropFirst("job ".count)) ?? 0 }
        let urgentPlaces = order.indices.filter { order[$0] >= 100 }
        let span = try #require(urgentPlaces.first)...(try #require(urgentPlaces.last))
        #expect(order[span].allSatisfy { $0 >= 100 }, "\(order)")
        // What waited at the worker was taken back and came again.
        #expect(Set(order).count == 120)
    }

    @Test func `a run that is cancelled leaves the other alone`() async throws {
        let stuck = ContentHash(of: Data("job 1000".utf8))
        let worker = ScriptedWorker(slots: 2) { job, _ in job == "job 1000" ? .hang : nil }
        let other = ScriptedWorker(slots: 2) { job, _ in job == "job 1000" ? .hang : nil }
        let dispatcher = dispatcher([worker, other])
        let delivered = Deliveries()
        let cancelled = Task {
            try await dispatcher.run([Self.job(1000)]) { (_: JobIndex, _: String) in }
        }
        let summary = try await dispatcher.run(Self.jobs(300)) { job, output in
            delivered.add(job, output)
            if job.value == 150 { cancelled.cancel() }
        }
        await #expect {
            try await cancelled.value
        } throws: { error in
            if case .cancelled = error as? RunError { true } else { false }
        }
        #expect(delivered.jobs == Array(0..<300))
        #expect(summary.counters.jobsDone == 300 && summary.counters.attemptsCancelled == 0)
        #expect((worker.cancelled + other.cancelled).allSatisfy { $0 == stuck })
    }

    @Test func `a blob that one run cannot read is taken from another that can`() async throws {
        let data = Data("table".utf8)
        let hash = ContentHash(of: data)
        let worker = ScriptedWorker(slots: 4, needs: [hash])
        let dispatcher = dispatcher([worker])
        // The first run finds out that it cannot read the blob once the second one waits for it too.
        let (asked, waits) = (OneShot<Bool>(), DispatchSemaphore(value: 0))
        let broken = Task {
            let source = BlobSource { _ in
                asked.set(true)
                waits.wait()
                throw Wrong(description: "gone")
            }
            return try await dispatcher.run([Self.job(0, blobs: [hash])], blobs: source) { (_: JobIndex, _: String) in }
        }
        _ = await asked.value
        let delivered = Deliveries()
        let progress: @Sendable (DispatchProgress) -> Void = { if $0.jobsAdded > 0 { waits.signal() } }
        _ = try await dispatcher.run(
            (1..<5).map { Self.job($0, blobs: [hash]) }, blobs: BlobSource([hash: data]), onProgress: progress
        ) { delivered.add(JobIndex($0.value + 1), $1) }
        await #expect {
            try await broken.value
        } throws: { error in
            if case .source = error as? RunError { "\(error)" == "gone" } else { false }
        }
        #expect(delivered.jobs == Array(1..<5) && worker.uploadCount == 1)
    }

    @Test func `documents beyond the budget are written when there is room`() async throws {
        let delivered = Deliveries()
        let dispatcher = dispatcher([ScriptedWorker(slots: 8)]) { $0.bodyBytesMax = 1 }
        _ = try await dispatcher.run(Self.jobs(50)) { delivered.add($0, $1) }
        #expect(delivered.jobs == Array(0..<50))
        #expect(await dispatcher.bodyBudget.claimedBytes == 0)
    }
}

/// Counts up to a limit, as the source of an asynchronous sequence.
private final class Numbers: Sendable {
    private let upcoming = Lock(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    @Sendable func next() async -> Int? {
        upcoming.withLock { number in
            guard number < count else { return nil }
            defer { number += 1 }
            return number
        }
    }
}
