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

    /// Runs `body` with the workers that the options ask for, and writes the report afterwards.
    ///
    /// Local workers are started at once, while `body` reads its inputs, and ended with it.
    static func use(_ options: ClusterOptions, _ body: @escaping @Sendable (Cluster) async throws -> Void) async throws {
        let progress = ProgressReporter(isQuiet: options.quiet)
        let log = Self.log(options, progress)
        let client = CurlClient()
        var settings = Dispatcher.Settings()
        settings.workerVersion = Coppice.version
        let connect: @Sendable (WorkerEndpoint) -> any WorkerConnection = { WorkerClient($0, over: client) }
        if let urls = try options.remoteWorkers() {
            let token = try options.token()
            let roster = urls.map { WorkerEndpoint(url: $0.absoluteString, token: token) }
            let dispatcher = Dispatcher(roster: roster, settings: settings, connect: connect, log: log)
            let cluster = Cluster(dispatcher: dispatcher, slotsExpected: roster.count, progress: progress)
            do {
                try await body(cluster)
            } catch {
                // Cancellations of jobs are on their way: other people's workers should not go on for nothing.
                await client.settle()
                throw error
            }
            await client.settle()
            try await cluster.report(to: options.report, traffic: client.traffic, workerPeakMemory: nil)
        } else {
            let count = options.local ?? ProcessInfo.processInfo.activeProcessorCount
            let program = try LocalWorkerProgram.find()
            var local = LocalWorkers.Settings(count: count, executable: program)
            local.arguments += ["--log-level", options.logLevel]
            let workers = LocalWorkers(local, log: log)
            let dispatcher = Dispatcher(settings: settings, connect: connect, log: log)
            let cluster = Cluster(dispatcher: dispatcher, slotsExpected: count, progress: progress)
            try await workers.serve(dispatcher) { try await body(cluster) }
            try await cluster.report(to: options.report, traffic: client.traffic, workerPeakMemory: workers.peakBytes)
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
                RunReport.Worker(url: $0.url, jobs: $0.counters.jobsDone, failures: $0.counters.attemptsFailed)
            }
        }
    }

    /// Makes a blob known that jobs name; each worker gets it once.
    func register(_ blob: Data, as hash: ContentHash) { shelf.add(blob, as: hash) }

    /// Has all jobs done, and hands each result, checked, to `deliver`: once, in the order of completion, one at a time.
    ///
    /// - Throws: what reading the jobs or delivering a result throws; a `CommandError` when workers are lost or jobs given up.
    func run<Jobs: AsyncSequence & Sendable, Work: Job, Context: Sendable>(
        _ jobs: Jobs, deliver: @escaping @Sendable (Context, Work.Output) async throws -> Void
    ) async throws where Jobs.Element == PlannedJob<Work, Context> {
        do {
            _ = try await dispatcher.run(
                jobs.map { Self.dispatchJob($0) }, blobs: shelf.source,
                onProgress: { [progress] state in progress.workers(busy: state.busyWorkers, total: state.usableWorkers) },
                deliver: { _, result in try await deliver(result.context, result.output) })
        } catch {
            throw failure(error)
        }
    }

    /// The same for jobs that are all known.
    func run<Work: Job, Context: Sendable>(
        _ jobs: [PlannedJob<Work, Context>], deliver: @escaping @Sendable (Context, Work.Output) async throws -> Void
    ) async throws {
        do {
            _ = try await dispatcher.run(
                jobs.map { Self.dispatchJob($0) }, blobs: shelf.source,
                onProgress: { [progress] state in progress.workers(busy: state.busyWorkers, total: state.usableWorkers) },
                deliver: { _, result in try await deliver(result.context, result.output) })
        } catch {
            throw failure(error)
        }
    }

    /// A job's result, with what the coordinator makes of it.
    private struct Result<Context: Sendable, Output: Sendable>: Sendable {
        let context: Context
        let output: Output
    }

    private static func dispatchJob<Work: Job, Context: Sendable>(
        _ planned: PlannedJob<Work, Context>
    ) -> DispatchJob<Result<Context, Work.Output>> {
        DispatchJob(label: planned.label, blobs: planned.job.blobs) {
            try WireJSON.encode(JobEnvelope(planned.job))
        } accept: { document in
            let output = try WireJSON.decode(Work.Output.self, from: document)
            try planned.job.check(output)
            return Result(context: planned.context, output: output)
        }
    }

    /// What the end of a run means for the command.
    private func failure(_ error: RunError) -> any Error {
        progress.abandon()
        return switch error {
        case .workersLost(let message): CommandError(.noWorker, message)
        case .incomplete(let run): CommandError(.incomplete, run.description)
        case .rejected(let message): CommandError(.badInput, message)
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
    /// Writes the report of the whole command, if one was asked for.
    private func report(to path: String?, traffic: Traffic, workerPeakMemory: Int?) async throws {
        guard let path else { return }
        let counters = await dispatcher.counters
        var report = RunReport(command: CommandLine.arguments)
        report.parameters = record.parameters
        report.seed = record.seed
        report.inputs = try record.inputs.map { .init(path: $0, sha256: try ContentHash(ofFile: $0)) }
        report.outputs = try record.outputs.map { .init(path: $0, sha256: try ContentHash(ofFile: $0)) }
        report.phases = clock.all
        report.secondsTotal = clock.total
        report.jobs = .init(
            done: counters.jobsDone, attempts: counters.attemptsStarted, retries: counters.attemptsStarted - counters.jobsDone,
            outcomes: [
                "succeeded": counters.attemptsSucceeded, "connectionLost": counters.attemptsLost,
                "timedOut": counters.attemptsTimedOut, "invalid": counters.attemptsInvalid, "refused": counters.attemptsRefused,
                "busy": counters.attemptsBusy, "draining": counters.attemptsDraining, "cancelled": counters.attemptsCancelled,
            ])
        report.workers = await workerShares
        report.bytesSent = traffic.bytesSent
        report.bytesReceived = traffic.bytesReceived
        let usage = ProcessUsage()
        report.coordinatorPeakMemory = usage.peakMemory
        report.coordinatorProcessorSeconds = usage.processorSeconds
        report.workerPeakMemory = workerPeakMemory
        report.results = record.results
        try report.write(to: path)
    }
}
