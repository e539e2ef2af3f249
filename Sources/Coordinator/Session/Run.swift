internal import Formats
package import Foundation
internal import HTTPClient
internal import Imaging
internal import Jobs
internal import Logging
package import Primitives
internal import Protocol
package import Scheduling
internal import struct Synchronization.Atomic

/// One piece of work on a pool of workers: where it is kept, how far it is, and what happened.
///
/// Safe to use from any task.
package final class Run: Sendable {
    package let pool: WorkerPool
    package let progress: any ProgressObserver
    package let clock = PhaseClock()
    package let record = RunRecord()
    /// What is said of the run's inputs.
    package let notes: InputNotes
    /// In whose name the run's jobs are sent, and with which priority.
    let client: DispatchClient
    /// Where the run is kept; nil if it is not.
    let directory: RunDirectory?
    /// Phases that have begun.
    let phaseCount = Atomic(0)
    /// The blobs that the run's jobs name.
    let blobs = BlobStore()
    /// Folders whose files the workers may read, too.
    private let sharedFolders: SharedFolders
    /// Tells what is asked of workers in this run from what was asked before.
    let nonce: String
    /// Images of which workers are asked whether they read them.
    let localityCount = Atomic(0)
    let windowTally = WindowTally()
    let mapTally = MapTally()

    /// - Parameters:
    ///   - directory: where the run is kept, so that it can go on after whatever ends it.
    ///   - priority: whose jobs go first where several runs share the pool.
    ///   - folders: those that the pool's workers may read, if they are local.
    ///   - isStrict: whether what is to be noted of an input is an error.
    init(
        on pool: WorkerPool, keptIn directory: RunDirectory? = nil, priority: RunPriority = .normal,
        sharing folders: SharedFolders = SharedFolders(of: []), isStrict: Bool = false,
        progress: any ProgressObserver = SilentObserver()
    ) {
        notes = InputNotes(isStrict: isStrict) { progress.warn($0) }
        self.pool = pool
        self.directory = directory
        self.progress = progress
        let token = directory?.ledger.authority ?? FencingToken(run: UUID().uuidString.lowercased(), epoch: 1)
        client = DispatchClient(token: token, priority: priority)
        nonce = "\(token.run) \(token.epoch)"
        sharedFolders = folders
    }

    /// Begins a run on a pool, and ends it with `body`. Other runs may be on at the same time.
    ///
    /// - Parameter onEnd: gets how the run ended.
    package static func perform(
        on pool: WorkerPool, keptIn directory: RunDirectory? = nil, priority: RunPriority = .normal,
        sharing folders: SharedFolders = SharedFolders(of: []), progress: any ProgressObserver = SilentObserver(),
        _ body: @escaping @Sendable (Run) async throws -> Void,
        onEnd: @escaping @Sendable (Run, CoordinatorError?) async throws -> Void = { _, _ in }
    ) async throws {
        if let greeting = try directory?.greeting { progress.say(greeting) }
        let run = Run(on: pool, keptIn: directory, priority: priority, sharing: folders, progress: progress)
        let result = await run.result(of: body)
        try await run.end(result, onEnd)
    }

    /// Opens a pool, begins a run on it, and ends both with `body`.
    ///
    /// - Parameters:
    ///   - images: files that local workers may read themselves.
    ///   - isStrict: whether what is to be noted of an input is an error.
    ///   - onEnd: gets how the run ended, once its workers have ended too.
    package static func perform(
        on source: any WorkerSource, _ settings: WorkerPool.Settings = WorkerPool.Settings(),
        keptIn directory: RunDirectory? = nil,
        sharing folders: SharedFolders = SharedFolders(of: []), isStrict: Bool = false,
        progress: any ProgressObserver = SilentObserver(),
        log: @escaping @Sendable (DispatchNotice) -> Void = { _ in },
        _ body: @escaping @Sendable (Run) async throws -> Void,
        onEnd: @escaping @Sendable (Run, CoordinatorError?) async throws -> Void = { _, _ in }
    ) async throws {
        let ledger = directory?.ledger
        let notice: @Sendable (DispatchNotice) -> Void = { notice in
            if notice.isWarning { ledger?.record(trouble: notice.text) }
            log(notice)
        }
        if let greeting = try directory?.greeting { progress.say(greeting) }
        let outcome = Lock<(run: Run, result: Swift.Result<Void, any Error>)?>(nil)
        try await WorkerPool.serve(source, settings, log: notice) { pool in
            let run = Run(on: pool, keptIn: directory, sharing: folders, isStrict: isStrict, progress: progress)
            let result = await run.result(of: body)
            outcome.withLock { $0 = (run, result) }
        }
        guard let (run, result) = outcome.withLock({ $0 }) else { preconditionFailure("the workers ended before the work") }
        try await run.end(result, onEnd)
    }

    private func result(of body: @Sendable (Run) async throws -> Void) async -> Swift.Result<Void, any Error> {
        let flag = client.cancellation
        return await withTaskCancellationHandler {
            await CancellationFlag.$current.withValue(flag) {
                do {
                    return .success(try await body(self))
                } catch {
                    // A read that was cancelled is no fault of the image.
                    let isCancelled = Task.isCancelled || client.isStopping
                    return .failure(isCancelled && error is ImageError ? CancellationError() : error)
                }
            }
        } onCancel: {
            flag.raise()
        }
    }

    /// Throws once the run is cancelled: whatever is wrong with an image then may be a read that was cut off.
    func checkCancellation() throws(CancellationError) {
        if client.cancellation.isRaised { throw CancellationError() }
    }

    /// Writes down how the run ended, and tells who began it.
    private func end(
        _ ended: Swift.Result<Void, any Error>, _ onEnd: @Sendable (Run, CoordinatorError?) async throws -> Void
    ) async throws {
        let result = if let directory { await conclude(directory, ended) } else { ended }
        await pool.settle()
        var failure: CoordinatorError?
        if case .failure(let error) = result { failure = CoordinatorError(classifying: error) }
        try await onEnd(self, failure)
        try result.get()
    }

    /// Writes down how the run ended; an error that can be mended then says how to go on.
    private func conclude(
        _ directory: RunDirectory, _ result: Swift.Result<Void, any Error>
    ) async -> Swift.Result<Void, any Error> {
        var failure: CoordinatorError?
        if case .failure(let error) = result { failure = CoordinatorError(classifying: error) }
        // Who worked is of use for people only: what matters is written by `conclude`, which says what goes wrong.
        try? directory.ledger.recordProgress(await counters, await pool.dispatcher.workerReports)
        return Swift.Result { try directory.conclude(failure) }
    }

    /// Whether the run is kept, so that it can go on.
    package var isKept: Bool { directory != nil }

    /// Hands out no more jobs, keeps what workers send within `grace`, and ends the run as cancelled.
    package func stop(within grace: Duration) async { await pool.dispatcher.stop(client, within: grace) }

    /// What became of the run's jobs so far.
    var counters: SchedulerCounters {
        get async { await pool.dispatcher.counters(of: client) }
    }

    /// Jobs that the workers compute at the same time.
    var slots: Int {
        get async { await pool.slots }
    }

    /// What each worker did so far.
    package var workerShares: [RunReport.Worker] {
        get async {
            await pool.dispatcher.workerReports.map {
                RunReport.Worker(
                    url: $0.url, jobs: $0.counters.jobsDone, failures: $0.counters.attemptsFailed, health: $0.health,
                    lastTrouble: $0.lastTrouble)
            }
        }
    }

    /// Makes a blob known that jobs name; each worker gets it once.
    package func register(_ blob: Data, as hash: ContentHash) { blobs.add(blob, as: hash) }

    /// The same of a blob that is made whenever it is sent.
    func register(as hash: ContentHash, making make: @escaping @Sendable () throws -> Data) {
        blobs.add(as: hash, making: make)
    }

    /// Where files can be made that are only needed while the run goes on.
    var scratchFolder: String { directory?.path ?? FileManager.default.temporaryDirectory.path }

    /// The image by name, if workers may read windows of it themselves; nil if its pixels must be sent.
    ///
    /// - Parameter allowsRows: whether also a format will do that has no windows.
    func reference(to image: ImageInput, allowsRows: Bool) throws(ImageError) -> ImageReference? {
        if RemoteImage.isURL(image.path) {
            guard !pool.isLocal || sharedFolders.allow(url: image.path) else { return nil }
            return try ImageReference(url: image.path, image.selection)
        }
        guard let reference = try ImageReference(file: image.path, image.selection, allowsRows: allowsRows) else { return nil }
        return !pool.isLocal || reference.path.map(sharedFolders.hold) == true ? reference : nil
    }
}

extension Run {
    /// The report of the whole run.
    ///
    /// - Parameters:
    ///   - command: as the user wrote it.
    ///   - exitStatus: that the process ends with.
    package func report(command: [String], _ failure: CoordinatorError?, exitStatus: Int32) async throws -> RunReport {
        let counters = await counters
        var report = RunReport(command: command)
        report.exitStatus = exitStatus
        report.error = failure?.description
        report.parameters = record.parameters
        report.seed = record.seed
        report.inputs = try record.inputs.map { .init(path: $0, sha256: try ContentHash(ofInput: $0)) }
        report.outputs = try record.outputs.map { .init(path: $0, sha256: try ContentHash(ofOutput: $0)) }
        report.phases = clock.all
        report.secondsTotal = clock.total
        report.jobs = .init(
            done: counters.jobsDone, attempts: counters.attemptsStarted,
            retries: counters.attemptsLost + counters.attemptsTimedOut + counters.attemptsInvalid + counters.attemptsRefused,
            copies: counters.copiesStarted,
            outcomes: counters.attemptsByOutcome, restored: client.restoredCount,
            verified: counters.jobsVerified, unverified: counters.jobsUnverified)
        report.run = directory.map { .init(directory: $0.path, authority: $0.ledger.authority) }
        report.workers = await workerShares
        let (named, sent) = (windowTally.named.load(ordering: .relaxed), windowTally.sent.load(ordering: .relaxed))
        if named + sent > 0 { report.windows = .init(byReference: named, inline: sent) }
        let (written, whole) = (mapTally.written.load(ordering: .relaxed), mapTally.sent.load(ordering: .relaxed))
        if written + whole > 0 { report.maps = .init(writtenByWorkers: written, sent: whole) }
        let traffic = pool.traffic
        report.bytesSent = traffic.bytesSent
        report.bytesReceived = traffic.bytesReceived
        let remote = RemoteTraffic.process.counts
        if remote.requests > 0 { report.urls = .init(requests: remote.requests, bytes: remote.bytes) }
        let usage = ProcessUsage()
        report.coordinatorPeakMemory = usage.peakMemory
        report.coordinatorProcessorSeconds = usage.processorSeconds
        report.workerPeakMemory = pool.workerPeakMemory
        report.results = record.results
        report.estimate = record.estimate
        report.notes = notes.entries
        return report
    }
}
