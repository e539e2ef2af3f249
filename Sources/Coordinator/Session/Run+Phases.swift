internal import Formats
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling
internal import Synchronization

extension Run {
    /// Begins a phase of the run. Phases begin in the same order whenever the same is asked for.
    ///
    /// - Parameters:
    ///   - kind: what the jobs do, such as `segment`.
    ///   - subject: what is worked on, such as `cells.png`.
    ///   - number: its place in the order of phases; nil for the next one.
    ///   - granularity: what decides how the work is cut into jobs. A run that goes on keeps the one it began with.
    func phase(
        _ kind: String, of subject: String? = nil, number: Int? = nil, granularity: Int
    ) throws(CoordinatorError) -> RunPhase {
        let number = number ?? phaseCount.wrappingAdd(1, ordering: .relaxed).oldValue
        return try directory?.ledger.phase(number, kind, of: subject, proposedGranularity: granularity)
            ?? RunPhase(number: number, kind: kind, granularity: granularity)
    }

    /// Has all jobs of a phase done, and hands each result, checked, to `deliver`: once, in the order of completion, one at a time.
    ///
    /// A job whose result the run's directory keeps is not done again.
    ///
    /// - Parameters:
    ///   - count: the number of jobs, if it is known before they are read.
    ///   - gate: what holds back the jobs. Once a job is given up, it holds back nothing, so that the others are done and kept, and
    ///     `deliver` is not called any more, so that what cannot be written does not fill the memory.
    /// - Throws: what reading the jobs or delivering a result throws; a `CoordinatorError` when workers are lost or jobs given up.
    func dispatch<Jobs: AsyncSequence & Sendable, Value: Sendable>(
        _ jobs: Jobs, of phase: RunPhase, count: Int?, gate: RowGate? = nil,
        deliver: @escaping @Sendable (Value) async throws -> Void
    ) async throws where Jobs.Element == DispatchJob<Value> {
        let ledger = directory?.ledger
        if let count { try ledger?.setJobs(count, of: phase) }
        let found = try await dispatch(jobs, journal: ledger?.journal(of: phase), gate: gate, deliver: deliver)
        try ledger?.setJobs(found, of: phase)
    }

    /// The same for jobs that may be of several phases, whose results `journal` keeps; returns how many there were.
    func dispatch<Jobs: AsyncSequence & Sendable, Value: Sendable>(
        _ jobs: Jobs, journal: (any ResultJournal)?, gate: RowGate? = nil,
        deliver: @escaping @Sendable (Value) async throws -> Void
    ) async throws -> Int where Jobs.Element == DispatchJob<Value> {
        guard let ledger = directory?.ledger else { return try await perform(jobs, journal, gate, deliver) }
        let found = try await perform(jobs, journal, gate, recordedIn: ledger, deliver)
        try ledger.recordProgress(await counters, await pool.dispatcher.workerReports)
        // The phases that follow are made of these results, and a status shows them.
        try await offload { try ledger.batch.flush() }
        return found
    }

    /// Runs the jobs and records who works while they do.
    private func perform<Jobs: AsyncSequence & Sendable, Value: Sendable>(
        _ jobs: Jobs, _ journal: (any ResultJournal)?, _ gate: RowGate?, recordedIn ledger: Ledger,
        _ deliver: @escaping @Sendable (Value) async throws -> Void
    ) async throws -> Int where Jobs.Element == DispatchJob<Value> {
        // Ends with this call. How the jobs ended is for them alone to say: a cancelled recorder would say that all is well.
        async let _ = recordProgress(in: ledger)
        return try await perform(jobs, journal, gate, deliver)
    }

    private func perform<Jobs: AsyncSequence & Sendable, Value: Sendable>(
        _ jobs: Jobs, _ journal: (any ResultJournal)?, _ gate: RowGate?,
        _ deliver: @escaping @Sendable (Value) async throws -> Void
    ) async throws -> Int where Jobs.Element == DispatchJob<Value> {
        do {
            let summary = try await pool.dispatcher.run(
                jobs, for: client, blobs: blobs.source, journal: journal,
                onProgress: { [progress] state in
                    progress.workers(busy: state.busyWorkers, total: state.usableWorkers)
                    if state.jobsPoisoned > 0 { gate?.throwOpen() }
                },
                deliver: { _, value in
                    if gate?.isThrownOpen != true { try await deliver(value) }
                })
            return summary.counters.jobsAdded + summary.restoredCount
        } catch {
            throw failure(error)
        }
    }

    /// Records who works while they do, until the task is cancelled.
    private func recordProgress(in ledger: Ledger) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            let (counters, workers) = (await counters, await pool.dispatcher.workerReports)
            // A ledger that cannot be written says so when the next result is kept.
            try? await offload { try ledger.recordProgress(counters, workers) }
        }
    }

    /// What the end of a run means for the command.
    private func failure(_ error: RunError) -> any Error {
        progress.abandon()
        return switch error {
        case .workersLost(let message): CoordinatorError(.noWorker, message)
        case .incomplete(let run): CoordinatorError(.incomplete, run.description)
        case .rejected(let message): CoordinatorError(.badInput, message)
        case .superseded: CoordinatorError(.incomplete, error.description)
        case .source(let error), .delivery(let error): error
        case .cancelled: CancellationError()
        }
    }
}

extension Run {
    /// The files that a phase of a kept run has written, if the same was asked for and they are as they were written; nil if they are
    /// to be written.
    ///
    /// - Parameter paths: what is asked for.
    func keptOutputs(ofPhase number: Int, for paths: MapOutputs) async throws -> [String]? {
        guard let ledger = directory?.ledger else { return nil }
        return try await offload {
            guard let files = try ledger.outputs(of: number, request: paths.request) else { return nil }
            let areThere = files.allSatisfy { file in (try? ContentHash(ofOutput: file.path)) == file.sha256 }
            return areThere ? files.map(\.path) : nil
        }
    }

    /// Writes down, if the run is kept, that a phase has written its outputs.
    func keep(outputs: [String], ofPhase number: Int, for paths: MapOutputs) async throws {
        guard let ledger = directory?.ledger else { return }
        try await offload {
            let files = try outputs.map { RunManifest.Input(path: $0, sha256: try ContentHash(ofOutput: $0)) }
            try ledger.keep(outputs: files, of: number, request: paths.request)
        }
    }

    /// Forgets what is kept of a phase whose input turned out to be bad.
    func forget(phase number: Int) throws(CoordinatorError) { try directory?.ledger.forget(phase: number) }
}
