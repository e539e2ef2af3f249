import Foundation
internal import Machine
internal import Primitives
internal import Scheduling
internal import Synchronization

/// Worker processes of one slot each on this machine, started, watched, started again, and ended from here.
///
/// They are real workers, spoken to over HTTP on loopback. A random token, passed in the environment, keeps others out.
package final class LocalWorkers: WorkerSource {
    package struct Settings: Sendable {
        var count = 1
        /// The program; see `LocalWorkerProgram`.
        var executable: String
        var arguments = ["--slots", "1", "--port", "0", "--supervised"]
        var environment = ProcessInfo.processInfo.environment
        /// How long a worker may take to say where it listens.
        var startLimit: Duration = .seconds(10)
        /// How often each worker is started again; nil for ever.
        var restartsMax: Int? = 5
        /// A worker that lived this long has its restarts given back.
        var steadyLife: Duration = .seconds(30)
        /// Pauses before starting again.
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        /// How long a worker that is asked to end may take before it is killed.
        var stopGrace: Duration = .seconds(2)
    }

    private let settings: Settings
    /// Where the workers keep what they read of URLs; nil if they read none.
    private let cache: ScratchFolder?
    private let token: String
    private let log: @Sendable (DispatchNotice) -> Void
    private let peak = Lock(0)

    package init(_ settings: Settings, log: @escaping @Sendable (DispatchNotice) -> Void = { _ in }) {
        self.settings = settings
        cache = nil
        self.log = log
        token = Self.makeToken()
    }

    /// Workers of the program that `LocalWorkerProgram` finds.
    ///
    /// - Parameters:
    ///   - folders: those whose files, and below whose URLs, the workers may read.
    ///   - logLevel: of the workers.
    ///   - givesUp: whether a worker that ends again and again is left alone at last, so that a run ends that none can do. A server
    ///     goes on starting it.
    package init(
        count: Int, sharing folders: SharedFolders, logLevel: String, givesUp: Bool = true,
        log: @escaping @Sendable (DispatchNotice) -> Void = { _ in }
    ) throws {
        var settings = Settings(count: count, executable: try LocalWorkerProgram.find())
        settings.arguments += ["--log-level", logLevel]
        if !givesUp { settings.restartsMax = nil }
        for folder in folders.folders { settings.arguments += ["--data-root", folder] }
        for prefix in folders.prefixes { settings.arguments += ["--allow-url", prefix] }
        cache = folders.prefixes.isEmpty ? nil : try ScratchFolder()
        if let cache { settings.arguments += ["--cache", cache.path] }
        self.settings = settings
        self.log = log
        token = Self.makeToken()
    }

    deinit { cache?.remove() }

    /// The largest resident size that any worker which has ended ever had, in bytes.
    var peakBytes: Int { peak.withLock { $0 } }

    package var name: String? { nil }

    package var isLocal: Bool { true }

    package var workerPeakMemory: Int? { peakBytes }

    package func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int { settings.count }

    /// Keeps the workers running for `dispatcher` as long as `body` runs, and ends them afterwards.
    package func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.supervise { endpoint in
                    await dispatcher.join(endpoint)
                } onEnd: { worker, cause in
                    await dispatcher.died(worker, cause: cause)
                }
            }
            await body()
            group.cancelAll()
        }
    }

    /// Keeps the workers running until the task is cancelled, or none can be started any more.
    ///
    /// `onStart` gets every worker that listens and names it; `onEnd` gets that name when it has ended by itself.
    func supervise<Name: Sendable>(
        onStart: @escaping @Sendable (WorkerEndpoint) async -> Name,
        onEnd: @escaping @Sendable (Name, _ cause: String) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            for number in 1...max(1, settings.count) {
                group.addTask { await self.keepRunning(number, onStart, onEnd) }
            }
        }
    }

    private func keepRunning<Name: Sendable>(
        _ number: Int, _ onStart: (WorkerEndpoint) async -> Name, _ onEnd: (Name, String) async -> Void
    ) async {
        let clock = ContinuousClock()
        var generator = SplitMix64(seed: UInt64(number))
        var failures = 0
        while !Task.isCancelled {
            let began = clock.now
            let cause = await runOnce(onStart, onEnd)
            guard !Task.isCancelled else { return }
            if began.duration(to: clock.now) >= settings.steadyLife { failures = 0 }
            failures += 1
            if let most = settings.restartsMax, failures > most {
                log(DispatchNotice(isWarning: true, text: "local worker \(number): \(cause); not started again"))
                return
            }
            let pause = settings.backoff.pause(afterFailures: failures, using: &generator)
            log(DispatchNotice(isWarning: true, text: "local worker \(number): \(cause); started again in \(pause.seconds)"))
            try? await clock.sleep(for: pause)
        }
    }

    /// One life of a worker. Returns how it ended; when the task is cancelled, it is ended.
    private func runOnce<Name: Sendable>(
        _ onStart: (WorkerEndpoint) async -> Name, _ onEnd: (Name, String) async -> Void
    ) async -> String {
        var environment = settings.environment
        environment["COPPICE_TOKEN"] = token
        let child: ChildProcess
        do throws(SpawnError) {
            child = try ChildProcess(
                executable: settings.executable, arguments: settings.arguments, environment: environment,
                lineLimit: settings.startLimit)
        } catch {
            return error.description
        }
        return await withTaskCancellationHandler {
            let line = await child.line
            guard let url = line.flatMap(Self.url) else {
                child.stop(grace: settings.stopGrace)
                let exit = await collect(child)
                return line.map { "expected {\"url\": …} on its standard output, found \"\($0.prefix(80))\"" }
                    ?? "did not say where it listens within \(settings.startLimit.seconds), \(exit)\(Self.limits)"
            }
            let name = await onStart(WorkerEndpoint(url: url, token: token, isLocal: true))
            let exit = await collect(child)
            let isFault = exit.signal != nil || exit.status == Self.faultStatus
            let cause = "\(exit)\(isFault ? Self.limits : "")"
            if !Task.isCancelled { await onEnd(name, cause) }
            return cause
        } onCancel: {
            child.stop(grace: settings.stopGrace)
        }
    }

    /// Of a worker that has crashed under a limit of memory.
    private static let faultStatus: Int32 = 74

    /// The limits of this process, which hold for its workers and may be why one does not start; empty without any.
    private static var limits: String {
        let files = ProcessLimit.openFiles.value.flatMap { $0 < 1024 ? ProcessLimit.openFiles.note : nil }
        let notes = [ProcessLimit.memoryNote, files, ProcessLimit.fileSize.note].compactMap { $0 }
        return notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
    }

    private func collect(_ child: ChildProcess) async -> ChildProcess.Exit {
        let exit = await child.exit
        peak.withLock { $0 = max($0, exit.peakBytes) }
        return exit
    }

    private static func url(in line: String) -> String? {
        struct Listening: Decodable { var url: String }
        let listening = try? JSONDecoder().decode(Listening.self, from: Data(line.utf8))
        return listening.map(\.url).flatMap { $0.hasPrefix("http://") ? $0 : nil }
    }

    /// 256 random bits from the operating system, in hexadecimal.
    private static func makeToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
