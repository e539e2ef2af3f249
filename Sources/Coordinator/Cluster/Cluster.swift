internal import Core
internal import Foundation
internal import Logging

/// The workers of one command, and what goes with every command: progress, seconds, and the report.
///
/// Safe to use from any task; one `run` at a time.
final class Cluster: Sendable {
    let progress: ProgressReporter
    let clock = PhaseClock()
    let record = RunRecord()
    private let dispatcher: Dispatcher
    private let shelf = BlobShelf()
    /// Slots that are asked for, as long as no worker has said how many it has.
    private let slotsExpected: Int

    private init(dispatcher: Dispatcher, slotsExpected: Int, progress: ProgressReporter) {
        self.dispatcher = dispatcher
        self.slotsExpected = slotsExpected
        self.progress = progress
    }

    /// Runs `body` with the workers that the options ask for, and writes the report afterwards, also of a failure.
    ///
    /// Local workers are started at once, while `body` reads its inputs, and ended with it.
    static func use(_ options: ClusterOptions, _ body: @escaping @Sendable (Cluster) async throws -> Void) async throws {
        let progress = ProgressReporter(isQuiet: options.quiet)
        let log = Self.log(options, progress)
        let client = CurlClient()
        var settings = Dispatcher.Settings()
        settings.workerVersion = Coppice.version
        let authority = RunAuthority(run: UUID().uuidString.lowercased(), epoch: 1)
        settings.authority = authority
        settings.limits.verified = VerifiedShare(fraction: options.verify, seed: settings.seed)
        let connect: @Sendable (WorkerEndpoint) -> any WorkerConnection = {
            WorkerClient($0, over: client, authority: authority)
        }
        if let urls = try options.remoteWorkers() {
            let token = try options.token()
            let roster = urls.map { WorkerEndpoint(url: $0.absoluteString, token: token) }
            let slots = await Self.slots(of: roster.map(connect))
            let dispatcher = Dispatcher(roster: roster, settings: settings, connect: connect, log: log)
            let cluster = Cluster(dispatcher: dispatcher, slotsExpected: max(slots, roster.count), progress: progress)
            try await cluster.conclude(options.report, client, { nil }) { try await body(cluster) }
        } else {
            let count = options.local ?? ProcessInfo.processInfo.activeProcessorCount
            let program = try LocalWorkerProgram.find()
            var local = LocalWorkers.Settings(count: count, executable: program)
            local.arguments += ["--log-level", options.logLevel]
            let workers = LocalWorkers(local, log: log)
            let dispatcher = Dispatcher(settings: settings, connect: connect, log: log)
            let cluster = Cluster(dispatcher: dispatcher, slotsExpected: count, progress: progress)
            try await cluster.conclude(options.report, client, { workers.peakBytes }) {
                try await workers.serve(dispatcher) { try await body(cluster) }
            }
        }
    }

    /// Runs `work` and writes the report of how it went; the work's own error comes before the report's.
    private func conclude(
        _ path: String?, _ client: CurlClient, _ workerPeakMemory: () -> Int?, _ work: () async throws -> Void
    ) async throws {
        let result: Swift.Result<Void, any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
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

    /// Has all jobs done, and hands each result, checked, to `deliver`: once, in the order of completion, one at a time.
    ///
    /// - Throws: what reading the jobs or delivering a result throws; a `CommandError` when workers are lost or jobs given up.
    func run<Jobs: AsyncSequence & Sendable, Work: Job, Value: Sendable>(
        _ jobs: Jobs, deliver: @escaping @Sendable (Value) async throws -> Void
    ) async throws where Jobs.Element == PlannedJob<Work, Value> {
        do {
            _ = try await dispatcher.run(
                jobs.map { Self.dispatchJob($0) }, blobs: shelf.source,
                onProgress: { [progress] state in progress.workers(busy: state.busyWorkers, total: state.usableWorkers) },
                deliver: { _, value in try await deliver(value) })
        } catch {
            throw failure(error)
        }
    }

    private static func dispatchJob<Work: Job, Value: Sendable>(_ planned: PlannedJob<Work, Value>) -> DispatchJob<Value> {
        DispatchJob(label: planned.label, blobs: planned.job.blobs) {
            try WireJSON.encode(JobEnvelope(planned.job))
        } accept: { document in
            let output = try WireJSON.decode(Work.Output.self, from: document)
            try planned.job.check(output)
            return try planned.accept(output)
        }
    }

    /// What the end of a run means for the command.
    private func failure(_ error: RunError) -> any Error {
        progress.abandon()
        return switch error {
        case .workersLost(let message): CommandError(.noWorker, message)
        case .incomplete(let run): CommandError(.incomplete, run.description)
        case .rejected(let message): CommandError(.badInput, message)
        case .superseded: CommandError(.incomplete, error.description)
        case .source(let error), .delivery(let error): error
        case .cancelled: CancellationError()
        }
    }

    private static func log(
        _ options: ClusterOptions, _ progress: ProgressReporter
    ) -> @Sendable (DispatchNotice) -> Void {
        let level = Logger.Level(rawValue: options.logLevel) ?? .warning
        return { notice in
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
        report.inputs = try record.inputs.map { .init(path: $0, sha256: try ContentHash(ofFile: $0)) }
        report.outputs = try record.outputs.map { .init(path: $0, sha256: try ContentHash(ofFile: $0)) }
        report.phases = clock.all
        report.secondsTotal = clock.total
        report.jobs = .init(
            done: counters.jobsDone, attempts: counters.attemptsStarted,
            retries: counters.attemptsLost + counters.attemptsTimedOut + counters.attemptsInvalid + counters.attemptsRefused,
            copies: counters.copiesStarted,
            outcomes: [
                "succeeded": counters.attemptsSucceeded, "connectionLost": counters.attemptsLost,
                "timedOut": counters.attemptsTimedOut, "invalid": counters.attemptsInvalid, "refused": counters.attemptsRefused,
                "busy": counters.attemptsBusy, "draining": counters.attemptsDraining, "cancelled": counters.attemptsCancelled,
            ],
            verified: counters.jobsVerified, unverified: counters.jobsUnverified)
        report.workers = await workerShares
        report.bytesSent = traffic.bytesSent
        report.bytesReceived = traffic.bytesReceived
        let usage = ProcessUsage()
        report.coordinatorPeakMemory = usage.peakMemory
        report.coordinatorProcessorSeconds = usage.processorSeconds
        report.workerPeakMemory = workerPeakMemory
        report.results = record.results
        return report
    }
}
