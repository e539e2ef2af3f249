internal import Coordinator
internal import Foundation
internal import Logging
internal import Machine

extension ClusterOptions {
    /// Runs `body` with the workers that the options ask for, and writes the report afterwards, also of a failure.
    ///
    /// Local workers are started at once, while `body` reads its inputs, and ended with it.
    /// - Parameters:
    ///   - directory: where the run is kept, so that it can go on after whatever ends it.
    ///   - images: files that local workers may read themselves.
    func perform(
        keptIn directory: RunDirectory?, images: [String] = [], _ body: @escaping @Sendable (Run) async throws -> Void
    ) async throws {
        // As much as a command takes on the smallest image.
        if let shortage = ProcessLimit.shortage(bytes: 192 << 20, files: 64) { throw CoordinatorError(.noWorker, shortage) }
        let progress = ProgressReporter(isQuiet: quiet)
        let level = Logger.Level(rawValue: logLevel) ?? .warning
        let log: @Sendable (DispatchNotice) -> Void = { notice in
            if level <= (notice.isWarning ? .warning : .info) {
                progress.warn("\(notice.isWarning ? "warning" : "info"): \(notice.text)")
            }
        }
        let folders = SharedFolders(of: images)
        var settings = WorkerPool.Settings()
        settings.tls = try tls.files()
        settings.verified = verify
        try await Run.perform(
            on: try workerSource(sharing: folders, log: log), settings, keptIn: directory, sharing: folders, isStrict: strict,
            progress: progress,
            log: log
        ) { run in
            if run.isKept { Interruption.current?.beforeCancellation { await run.stop(within: stopGrace) } }
            try await body(run)
        } onEnd: { [report] run, failure in
            if let report { try await write(report, of: run, failure, progress) }
        }
    }
}

/// After the first signal, a run that is kept waits this long for the jobs that workers are at.
private let stopGrace = Duration.seconds(5)

/// Writes the report of a run; the run's own error comes before the report's.
private func write(_ path: String, of run: Run, _ failure: CoordinatorError?, _ progress: ProgressReporter) async throws {
    let status = failure.map { ExitStatus($0.kind).rawValue } ?? 0
    let report = try? await run.report(command: CommandLine.arguments, failure, exitStatus: status)
    guard failure == nil || report != nil else { return }
    do {
        guard let report else { throw OutputError(path: path, reason: "an input or output can no longer be read") }
        try report.write(to: path)
    } catch  where failure != nil {
        progress.warn("warning: \(error)")
    }
}
