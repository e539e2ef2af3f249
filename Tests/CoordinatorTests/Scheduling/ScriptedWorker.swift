import Foundation

@testable import Coordinator
@testable import Primitives
@testable import Protocol
internal import Synchronization

/// A worker in memory: does jobs by turning `x` into `done x`, unless its script says otherwise.
final class ScriptedWorker: WorkerConnection {
    /// What a worker does with a job instead of doing it.
    enum Trouble: Sendable {
        case answer(JobAnswer)
        case error(TransportError)
        /// Never answers.
        case hang
        /// Says 202 this often before the result.
        case acceptsFirst(polls: Int)
    }

    private struct State {
        var blobs: Set<ContentHash> = []
        var submitted: [String] = []
        var polled = 0
        var cancelled: [ContentHash] = []
        var uploads = 0
        var inFlight = 0
        var inFlightMax = 0
        var results: [ContentHash: (polls: Int, body: Data)] = [:]
    }

    private let state = Lock(State())
    private let slots: Int
    private let version: String
    private let isUnauthorized: Bool
    private let needed: Set<ContentHash>
    /// Gets the job and the number of jobs that this worker was given before.
    private let script: @Sendable (String, Int) -> Trouble?
    /// Set once the first job is here.
    let started = OneShot<Bool>()

    init(
        slots: Int = 1, version: String = "test", isUnauthorized: Bool = false, needs needed: Set<ContentHash> = [],
        script: @escaping @Sendable (String, Int) -> Trouble? = { _, _ in nil }
    ) {
        self.slots = slots
        self.version = version
        self.isUnauthorized = isUnauthorized
        self.needed = needed
        self.script = script
    }

    var submitted: [String] { state.withLock { $0.submitted } }
    var cancelled: [ContentHash] { state.withLock { $0.cancelled } }
    var uploadCount: Int { state.withLock { $0.uploads } }
    var inFlightMax: Int { state.withLock { $0.inFlightMax } }
    var pollCount: Int { state.withLock { $0.polled } }

    /// What the worker makes of a job.
    static func result(of job: Data) -> Data { Data("done ".utf8) + job }

    func describe() async throws(TransportError) -> DescribeAnswer {
        if isUnauthorized { return .unauthorized }
        return .described(
            WorkerDescription(version: version, slots: slots, memory: 1, cpu: [], blobs: [], draining: false))
    }

    func submit(_ job: Data, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer {
        let text = String(decoding: job, as: UTF8.self)
        let (count, missing) = state.withLock { state in
            state.submitted.append(text)
            state.inFlight += 1
            state.inFlightMax = max(state.inFlightMax, state.inFlight)
            return (state.submitted.count - 1, needed.subtracting(state.blobs))
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        started.set(true)
        switch script(text, count) {
        case .answer(let answer): return answer
        case .error(let error): throw error
        case .hang:
            try? await Task.sleep(for: .seconds(3600))
            throw .cancelled
        case .acceptsFirst(let polls):
            let id = ContentHash(of: job)
            state.withLock { $0.results[id] = (polls, Self.result(of: job)) }
            return .accepted(id)
        case nil:
            await Task.yield()
            return missing.isEmpty ? .result(Self.result(of: job)) : .missing(Array(missing))
        }
    }

    func poll(_ id: ContentHash, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer {
        state.withLock { state in
            state.polled += 1
            guard let (polls, body) = state.results[id] else { return .forgotten }
            state.results[id] = (polls - 1, body)
            return polls > 1 ? .accepted(id) : .result(body)
        }
    }

    func cancel(_ id: ContentHash, for token: FencingToken?) { state.withLock { $0.cancelled.append(id) } }

    func upload(_ blob: Data, as hash: ContentHash) async throws(TransportError) -> UploadAnswer {
        state.withLock { state in
            state.uploads += 1
            state.blobs.insert(hash)
        }
        return .stored
    }
}
