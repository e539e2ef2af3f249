internal import Formats
internal import Foundation
internal import HTTPClient
internal import Imaging
internal import Jobs
internal import Logging
internal import Primitives
internal import Protocol
internal import Scheduling
internal import struct Synchronization.Atomic

/// The workers of one command, and what goes with every command: progress, seconds, and the report.
///
/// Safe to use from any task; one `run` at a time.
final class Cluster: Sendable {
    let progress: ProgressReporter
    let clock = PhaseClock()
    let record = RunRecord()
    /// Where the run is kept; nil if it is not.
    let directory: RunDirectory?
    /// Phases that have begun.
    let phaseCount = Atomic(0)
    let dispatcher: Dispatcher
    let shelf = BlobShelf()
    /// Folders whose files the workers may read, too.
    private let sharedFolders: SharedFolders
    /// Whether the workers run on this machine, as this user.
    let isLocal: Bool
    /// Tells what is asked of workers in this command from what was asked before.
    let occasion: String
    /// Images of which workers are asked whether they read them.
    let sightCount = Atomic(0)
    let windowTally = WindowTally()
    let mapTally = MapTally()
    /// Slots that are asked for, as long as no worker has said how many it has.
    private let slotsExpected: Int

    /// After the first signal, a run that is kept waits this long for the jobs that workers are at.
    private static let stopGrace = Duration.seconds(5)

    private init(
        dispatcher: Dispatcher, slotsExpected: Int, progress: ProgressReporter, directory: RunDirectory?,
        authority: FencingToken, sharing folders: SharedFolders?
    ) {
        isLocal = folders != nil
        occasion = "\(authority.run) \(authority.epoch)"
        self.directory = directory
        sharedFolders = folders ?? SharedFolders(of: [])
        self.dispatcher = dispatcher
        self.slotsExpected = slotsExpected
        self.progress = progress
    }

    /// Runs `body` with the workers that the options ask for, and writes the report afterwards, also of a failure.
    ///
    /// Local workers are started at once, while `body` reads its inputs, and ended with it.
    /// - Parameters:
    ///   - directory: where the run is kept, so that it can go on after whatever ends it.
    ///   - images: files that local workers may read themselves.
    static func use(
        _ options: ClusterOptions, keptIn directory: RunDirectory?, images: [String] = [],
        _ body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        let progress = ProgressReporter(isQuiet: options.quiet)
        if let greeting = try directory?.greeting { progress.say(greeting) }
        let log = Self.log(options, progress, directory?.ledger)
        let client = CurlClient(files: try options.tls.files())
        // Also of commands that have no use for it: a secret that nobody needs should not stay where `/proc` shows it.
        let token = try options.token()
        var settings = Dispatcher.Settings()
        settings.workerVersion = Coppice.version
        let authority = directory?.ledger.authority ?? FencingToken(run: UUID().uuidString.lowercased(), epoch: 1)
        settings.authority = authority
        settings.limits.verified = VerifiedShare(fraction: options.verify, seed: settings.seed)
        let connect: @Sendable (WorkerEndpoint) -> any WorkerConnection = {
            WorkerClient($0, over: client, authority: authority)
        }
        if let source = try options.rosterSource() {
            let watch = RosterWatch(source: source, token: token, log: log)
            let first = try await watch.firstReading()
            let slots = await Self.slots(of: first.workers.map { connect(watch.endpoint($0)) })
            settings.rosterName = source.name
            let dispatcher = Dispatcher(settings: settings, connect: connect, log: log)
            let cluster = Cluster(
                dispatcher: dispatcher, slotsExpected: max(slots, first.workers.count, 1), progress: progress,
                directory: directory, authority: authority, sharing: nil)
            try await cluster.conclude(options.report, client, { nil }) {
                try await watch.serve(dispatcher, from: first) { try await body(cluster) }
            }
        } else {
            let count = options.local ?? ProcessInfo.processInfo.activeProcessorCount
            let program = try LocalWorkerProgram.find()
            var local = LocalWorkers.Settings(count: count, executable: program)
            local.arguments += ["--log-level", options.logLevel]
            let shared = SharedFolders(of: images)
            for folder in shared.folders { local.arguments += ["--data-root", folder] }
            for prefix in shared.prefixes { local.arguments += ["--allow-url", prefix] }
            let cache = shared.prefixes.isEmpty ? nil : try ScratchFolder()
            if let cache { local.arguments += ["--cache", cache.path] }
            defer { cache?.remove() }
            let workers = LocalWorkers(local, log: log)
            let dispatcher = Dispatcher(settings: settings, connect: connect, log: log)
            let cluster = Cluster(
                dispatcher: dispatcher, slotsExpected: count, progress: progress, directory: directory,
                authority: authority, sharing: shared)
            try await cluster.conclude(options.report, client, { workers.peakBytes }) {
                try await workers.serve(dispatcher) { try await body(cluster) }
            }
        }
    }

    /// Runs `work` and writes the report of how it went; the work's own error comes before the report's.
    private func conclude(
        _ path: String?, _ client: CurlClient, _ workerPeakMemory: () -> Int?, _ work: () async throws -> Void
    ) async throws {
        if directory != nil {
            Interruption.current?.beforeCancellation { [dispatcher] in await dispatcher.stop(within: Self.stopGrace) }
        }
        var result: Swift.Result<Void, any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
        if let directory { result = await conclude(directory, result) }
        // Cancellations of jobs are on their way: other people's workers should not go on for nothing.
        await client.settle()
        var failure: CommandError?
        if case .failure(let error) = result { failure = CommandRunner.classify(error) }
        if let path {
            let report = try? await report(failure, traffic: client.traffic, workerPeakMemory: workerPeakMemory())
            if failure == nil || report != nil {
                do {
                    guard let report else { throw OutputError(path: path, reason: "an input or output can no longer be read") }
                    try report.write(to: path)
                } catch  where failure != nil {
                    progress.warn("warning: \(error)")
                }
            }
        }
        try result.get()
    }

    /// Writes down how the run ended; an error that can be mended then says how to go on.
    private func conclude(
        _ directory: RunDirectory, _ result: Swift.Result<Void, any Error>
    ) async -> Swift.Result<Void, any Error> {
        var failure: CommandError?
        if case .failure(let error) = result { failure = CommandRunner.classify(error) }
        // Who worked is of use for people only: what matters is written by `conclude`, which says what goes wrong.
        try? directory.ledger.witness(await dispatcher.counters, await dispatcher.workerReports)
        return Swift.Result { try directory.conclude(failure) }
    }

    /// Slots of the workers that answer within a second, in all.
    private static func slots(of connections: [any WorkerConnection]) async -> Int {
        await withTaskGroup(of: Int?.self) { group in
            for connection in connections {
                group.addTask {
                    guard case .described(let worker)? = try? await connection.describe() else { return 0 }
                    return worker.slots
                }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(1))
                return nil
            }
            var slots = 0
            for _ in connections {
                guard let next = await group.next(), let found = next else { break }
                slots += found
            }
            group.cancelAll()
            return slots
        }
    }

    /// Jobs that the workers compute at the same time.
    var slots: Int {
        get async { max(slotsExpected, await dispatcher.progress.usableSlots) }
    }

    /// What each worker did so far.
    var workerShares: [RunReport.Worker] {
        get async {
            await dispatcher.workerReports.map {
                RunReport.Worker(
                    url: $0.url, jobs: $0.counters.jobsDone, failures: $0.counters.attemptsFailed, health: $0.health,
                    lastTrouble: $0.lastTrouble)
            }
        }
    }

    /// Makes a blob known that jobs name; each worker gets it once.
    func register(_ blob: Data, as hash: ContentHash) { shelf.add(blob, as: hash) }

    /// The same of a blob that is made whenever it is sent.
    func register(as hash: ContentHash, making make: @escaping @Sendable () throws -> Data) {
        shelf.add(as: hash, making: make)
    }

    /// Where files can be made that are only needed while the command runs.
    var scratchFolder: String { directory?.path ?? FileManager.default.temporaryDirectory.path }

    /// The image by name, if workers may read windows of it themselves; nil if its pixels must be sent.
    ///
    /// - Parameter allowsRows: whether also a format will do that has no windows.
    func reference(to image: ImageInput, allowsRows: Bool) throws(ImageError) -> ImageReference? {
        if RemoteImage.isURL(image.path) {
            guard !isLocal || sharedFolders.allow(url: image.path) else { return nil }
            return try ImageReference(url: image.path, image.selection)
        }
        guard let reference = try ImageReference(file: image.path, image.selection, allowsRows: allowsRows) else { return nil }
        return !isLocal || reference.path.map(sharedFolders.hold) == true ? reference : nil
    }

    private static func log(
        _ options: ClusterOptions, _ progress: ProgressReporter, _ ledger: Ledger?
    ) -> @Sendable (DispatchNotice) -> Void {
        let level = Logger.Level(rawValue: options.logLevel) ?? .warning
        return { notice in
            if notice.isWarning { ledger?.witness(notice.text) }
            if level <= (notice.isWarning ? .warning : .info) {
                progress.warn("\(notice.isWarning ? "warning" : "info"): \(notice.text)")
            }
        }
    }
}

extension Cluster {
    /// The report of the whole command.
    private func report(
        _ failure: CommandError?, traffic: Traffic, workerPeakMemory: Int?
    ) async throws -> RunReport {
        let counters = await dispatcher.counters
        var report = RunReport(command: CommandLine.arguments)
        report.exitStatus = failure?.status.rawValue ?? 0
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
            outcomes: counters.attemptsByOutcome, restored: await dispatcher.restoredCount,
            verified: counters.jobsVerified, unverified: counters.jobsUnverified)
        report.run = directory.map { .init(directory: $0.path, authority: $0.ledger.authority) }
        report.workers = await workerShares
        let (named, sent) = (windowTally.named.load(ordering: .relaxed), windowTally.sent.load(ordering: .relaxed))
        if named + sent > 0 { report.windows = .init(byReference: named, inline: sent) }
        let (written, whole) = (mapTally.written.load(ordering: .relaxed), mapTally.sent.load(ordering: .relaxed))
        if written + whole > 0 { report.maps = .init(writtenByWorkers: written, sent: whole) }
        report.bytesSent = traffic.bytesSent
        report.bytesReceived = traffic.bytesReceived
        let remote = RemoteTraffic.process.counts
        if remote.requests > 0 { report.urls = .init(requests: remote.requests, bytes: remote.bytes) }
        let usage = ProcessUsage()
        report.coordinatorPeakMemory = usage.peakMemory
        report.coordinatorProcessorSeconds = usage.processorSeconds
        report.workerPeakMemory = workerPeakMemory
        report.results = record.results
        return report
    }
}
