internal import Foundation
internal import GRDB

/// How a run stands, read from its directory while it runs or afterwards. `--json` prints it as it is.
package struct RunStatus: Codable, Sendable {
    package struct Phase: Codable, Sendable {
        /// Such as `segment cells.png`.
        var name: String
        /// nil as long as it is not known.
        var jobs: Int?
        /// Jobs whose results are kept.
        var kept: Int
        /// Since the phase was opened, jobs a second; nil for a run that is not live.
        var jobsPerSecond: Double?
        /// Until the phase is done at that rate.
        var secondsLeft: Double?
    }

    package struct Worker: Codable, Sendable {
        var url: String
        var slots: Int
        var health: String
        /// Jobs done in the last opening of the run.
        var jobs: Int
        var failures: Int
        var lastTrouble: String?
    }

    package struct Trouble: Codable, Sendable {
        /// Seconds since 1970.
        var time: Double
        var epoch: Int
        var text: String
    }

    package var directory: String
    package var run: String
    /// How often the run was opened.
    package var epoch: Int
    package var state: Ledger.State
    /// The error that the run ended with.
    package var message: String?
    /// Such as `process 4711 on node7`, for a live run.
    package var process: String?
    package var command: String
    /// The command line of the last opening: the same one continues the run.
    package var arguments: [String]
    /// Seconds since 1970.
    package var createdAt: Double
    package var openedAt: Double
    package var changedAt: Double
    /// The phases that have begun, in order.
    package var phases: [Phase]
    /// Workers of the last opening.
    package var workers: [Worker]
    /// Attempts by outcome, of all openings.
    package var attempts: [String: Int]
    /// The last troubles, oldest first.
    package var troubles: [Trouble]

    package static let troublesMax = 20

    /// Jobs whose results are kept, of all phases that have begun.
    package var kept: Int { phases.reduce(0) { $0 + $1.kept } }
    /// Jobs of all phases that have begun; nil if one does not know its own yet.
    package var jobs: Int? { phases.contains { $0.jobs == nil } ? nil : phases.reduce(0) { $0 + ($1.jobs ?? 0) } }
}

extension RunStatus {
    /// Reads the ledger, and looks whether somebody holds the lock.
    ///
    /// - Throws: bad input when the directory is none of a run; an I/O error.
    package init(directory: String, now: Double = Ledger.now) throws(CoordinatorError) {
        let process = RunLock.holder(in: directory)
        let ledger = try LedgerDatabase.openReadOnly(in: directory)
        self = try LedgerDatabase.reporting(directory) {
            try ledger.read { try Self.read(directory, process, now, $0) }
        }
    }

    private static func read(
        _ directory: String, _ process: String?, _ now: Double, _ database: Database
    ) throws -> RunStatus {
        guard let run = try Ledger.RunRow.fetchOne(database) else {
            throw CoordinatorError(.badInput, "run \(directory): expected a run in \(LedgerDatabase.fileName), found none yet")
        }
        let state = run.state == .running && process == nil ? .dead : run.state
        let kept = Dictionary(
            try KeptCount.fetchAll(database, KeptCount.request).map { ($0.phase, $0.count) }, uniquingKeysWith: +)
        let phases = try Ledger.PhaseRow.order(\.number).fetchAll(database).map { row in
            // A phase that this opening has not come to yet has no rate.
            let isLive = state == .running && row.openedAt >= run.openedAt
            return Phase(row, kept: kept[row.number] ?? 0, at: isLive ? now : nil)
        }
        let workers = try Ledger.WorkerRow.filter { $0.epoch == run.epoch }.order(\.number).fetchAll(database)
        let attempts = try Ledger.AttemptsRow.fetchAll(database)
        let troubles = try Ledger.TroubleRow.order(Column.rowID.desc).limit(troublesMax).fetchAll(database)
        return RunStatus(
            directory: directory, run: run.uuid, epoch: run.epoch, state: state, message: run.message,
            process: state == .running ? process : nil, command: run.manifest.command, arguments: run.arguments,
            createdAt: run.createdAt, openedAt: run.openedAt, changedAt: run.changedAt, phases: phases,
            workers: workers.map(Worker.init), attempts: Dictionary(attempts.map { ($0.outcome, $0.count) }, uniquingKeysWith: +),
            troubles: troubles.reversed().map { Trouble(time: $0.time, epoch: $0.epoch, text: $0.text) })
    }

    /// How many results of a phase are kept.
    private struct KeptCount: Decodable, FetchableRecord {
        let phase: Int
        let count: Int

        /// One row for each phase with results.
        static var request: some FetchRequest {
            Ledger.ResultRow.select { [$0.phase, GRDB.count($0.job).forKey("count")] }.group(\.phase)
        }
    }
}

extension RunStatus.Phase {
    /// - Parameter now: for a live run, when its rate is asked for.
    fileprivate init(_ row: Ledger.PhaseRow, kept: Int, at now: Double?) {
        name = row.subject.map { "\(row.kind) \($0)" } ?? row.kind
        jobs = row.jobs
        self.kept = kept
        guard let now, kept != jobs, now > row.openedAt else { return }
        let rate = Double(kept - row.keptAtOpening) / (now - row.openedAt)
        jobsPerSecond = rate
        if let jobs, rate > 0 { secondsLeft = Double(jobs - kept) / rate }
    }
}

extension RunStatus.Worker {
    fileprivate init(_ row: Ledger.WorkerRow) {
        self.init(
            url: row.url, slots: row.slots, health: row.health, jobs: row.jobs, failures: row.failures,
            lastTrouble: row.lastTrouble)
    }
}

extension RunStatus {
    /// What `coppice status` prints.
    package var text: String {
        var lines = [
            "run      \(directory) (\(run), opened \(epoch) time\(epoch == 1 ? "" : "s"))",
            "command  \(command)",
            "state    \(state.rawValue)\(explanation.map { ": \($0)" } ?? "")",
            "jobs     \(jobsText) kept",
        ]
        lines += phases.map { phase in
            let rate = phase.jobsPerSecond.map { String(format: ", %.1f/s", $0) } ?? ""
            let left = phase.secondsLeft.map { String(format: ", %.0f s left", $0.rounded(.up)) } ?? ""
            return "phase    \(phase.name): \(phase.kept) of \(phase.jobs.map(String.init) ?? "unknown") jobs\(rate)\(left)"
        }
        lines += workers.map { worker in
            let trouble = worker.lastTrouble.map { "; \($0)" } ?? ""
            return "worker   \(worker.url): \(worker.health), \(worker.slots) slots, \(worker.jobs) jobs, "
                + "\(worker.failures) failures\(trouble)"
        }
        let outcomes = attempts.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !outcomes.isEmpty { lines.append("attempts \(outcomes.joined(separator: ", "))") }
        lines += troubles.map { "trouble  \(Self.date($0.time)) \($0.text)" }
        if let resume { lines.append("resume   \(resume)") }
        return lines.joined(separator: "\n")
    }

    /// The line of `coppice runs`.
    package var line: String {
        let columns = [
            Self.date(openedAt), state.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0),
            command.padding(toLength: 8, withPad: " ", startingAt: 0), "\(jobsText) jobs", directory,
        ]
        return columns.joined(separator: "  ")
    }

    /// The command that goes on; nil when there is nothing to go on with.
    var resume: String? {
        state == .running || state == .finished ? nil : arguments.map(Self.quoted).joined(separator: " ")
    }

    private var explanation: String? {
        state == .dead ? "the process ended without a word: it was killed, or its machine went down" : process ?? message
    }

    private var jobsText: String { "\(kept) of \(jobs.map(String.init) ?? "unknown")" }

    /// Such as `2026-02-03T04:05:06Z`.
    private static func date(_ time: Double) -> String {
        Date(timeIntervalSince1970: time).ISO8601Format()
    }

    /// An argument as a shell takes it.
    private static func quoted(_ argument: String) -> String {
        let isPlain =
            !argument.isEmpty
            && argument.utf8.allSatisfy { byte in
                switch UInt8(byte) {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:,=+@%".utf8.contains(byte)
                }
            }
        return isPlain ? argument : "'\(argument.replacing("'", with: "'\\''"))'"
    }
}

/// The run directories below a folder.
package struct RunList: Sendable {
    /// Newest first, by their last opening; of equals, by their path.
    package let runs: [RunStatus]
    /// One line for each directory that looks like a run's and cannot be read.
    package let unreadable: [String]

    /// So deep below the folder are runs looked for.
    package static let depthMax = 4

    package init(below folder: String) throws(CoordinatorError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw CoordinatorError(.inputOutput, "\(folder): no such folder")
        }
        var runs: [RunStatus] = []
        var unreadable: [String] = []
        for directory in Self.directories(below: folder, depth: 0) {
            do throws(CoordinatorError) {
                runs.append(try RunStatus(directory: directory))
            } catch {
                unreadable.append(error.description)
            }
        }
        self.runs = runs.sorted { ($1.openedAt, $0.directory) < ($0.openedAt, $1.directory) }
        self.unreadable = unreadable
    }

    /// Folders with a ledger, not following symbolic links, nor looking into a run.
    private static func directories(below folder: String, depth: Int) -> [String] {
        if FileManager.default.fileExists(atPath: LedgerDatabase.path(in: folder)) { return [folder] }
        guard depth < depthMax, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = folder == "." ? name : FilePath.join(folder, name)
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
            return directories(below: path, depth: depth + 1)
        }
    }
}
