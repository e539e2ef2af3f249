internal import Coordinator
internal import Primitives
internal import Scheduling
internal import Synchronization

/// What clients have done: the coordinator's requests on their files, by the pool that also serves the page, which comes first.
///
/// Safe to use from any task.
final class ClientWork: Sendable {
    let files: ClientFiles
    private let pool: WorkerPool
    private let sharing: SharedFolders
    private let queue = WorkQueue()
    private let executor = WorkExecutor()

    init(_ files: ClientFiles, on pool: WorkerPool, sharing: SharedFolders) {
        (self.files, self.pool, self.sharing) = (files, pool, sharing)
    }

    /// What came of a piece of work.
    struct Outcome<Value: Sendable>: Sendable {
        var value: Value
        /// Files that were made.
        var files: [ClientFile]
        /// What there is to be said, a line each.
        var messages: [String]
    }

    /// Does a piece of work that needs no workers.
    ///
    /// - Throws: what `body` throws, without the paths of files.
    func perform<Value: Sendable>(
        for project: ServedProject, _ body: @escaping @Sendable (WorkFiles) async throws -> Value
    ) async throws -> Outcome<Value> {
        try await inTurn {
            let work = WorkFiles(project)
            let value = try await body(work)
            return Outcome(value: value, files: try work.publish(), messages: [])
        }
    }

    /// Does a piece of work with the pool's workers, after whatever somebody waits for at a screen. It ends when the task is cancelled.
    ///
    /// - Throws: what `body` throws, without the paths of files.
    func run<Value: Sendable>(
        for project: ServedProject, _ body: @escaping @Sendable (Run, WorkFiles) async throws -> Value
    ) async throws -> Outcome<Value> {
        let messages = Messages()
        let result = Lock<Outcome<Value>?>(nil)
        try await inTurn { [pool, sharing] in
            try await Run.perform(on: pool, priority: .background, sharing: sharing, progress: messages) { run in
                let work = WorkFiles(project)
                let value = try await body(run, work)
                let files = try work.publish()
                result.withLock { $0 = Outcome(value: value, files: files, messages: []) }
            }
        }
        guard var outcome = result.withLock({ $0 }) else { preconditionFailure("a run ended without an error or a result") }
        outcome.messages = messages.lines.map { files.hidingFolder($0) }
        return outcome
    }

    /// Does a piece of work in its turn, on a thread where that may take long.
    private func inTurn<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await queue.turn {
                try await withTaskExecutorPreference(executor) { try await work() }
            }
        } catch {
            throw files.hidingFolder(error)
        }
    }
}

/// Keeps what a run says.
private final class Messages: ProgressObserver {
    private let said = Lock<[String]>([])

    /// Lines that are kept, at most.
    private static let countMax = 1000

    var lines: [String] { said.withLock { $0 } }

    func begin(_ phase: String, unit: String, total: Int?) {}
    func advance(byPart part: Double) {}
    func advance(toAtLeast count: Int) {}
    func workers(busy: Int, total: Int) {}
    func end() {}
    func abandon() {}
    func warn(_ text: String) { say(text) }
    func say(_ text: String) { said.withLock { if $0.count < Self.countMax { $0.append(text) } } }
}
