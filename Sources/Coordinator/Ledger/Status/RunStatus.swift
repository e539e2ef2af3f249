internal import Foundation
internal import GRDB
internal import Protocol

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
    package init(directory: String, now: Double = Ledger.now) throws(CommandError) {
        let process = RunLock.holder(in: directory)
        let ledger = try LedgerDatabase.openReadOnly(in: directory)
        self = try LedgerDatabase.reporting(directory) {
            try ledger.connection.read { try Self.read(directory, process, now, $0) }
        }
    }

    private static func read(
        _ directory: String, _ process: String?, _ now: Double, _ database: Database
    ) throws -> RunStatus {
        guard let run = try Row.fetchOne(database, sql: "SELECT * FROM run") else {
            throw CommandError(.badInput, "run \(directory): expected a run in \(LedgerDatabase.fileName), found none yet")
        }
        let epoch: Int = run["epoch"]
        let written = Ledger.State(rawValue: run["state"]) ?? .failed
        let state = written == .running && process == nil ? .dead : written
        let manifest = try decode(RunManifest.self, run["manifest"])
        return RunStatus(
            directory: directory, run: run["uuid"], epoch: epoch, state: state, message: run["message"],
            process: state == .running ? process : nil, command: manifest.command,
            arguments: try decode([String].self, run["arguments"]), createdAt: run["createdAt"], openedAt: run["openedAt"],
            changedAt: run["changedAt"],
            phases: try phases(database, openedAt: run["openedAt"], isLive: state == .running, now),
            workers: try Row.fetchAll(database, sql: "SELECT * FROM worker WHERE epoch = ? ORDER BY number", arguments: [epoch])
                .map {
                    Worker(
                        url: $0["url"], slots: $0["slots"], health: $0["health"], jobs: $0["jobs"], failures: $0["failures"],
                        lastTrouble: $0["lastTrouble"])
                },
            attempts: Dictionary(
                uniqueKeysWithValues: try Row.fetchAll(
                    database, sql: "SELECT outcome, sum(count) AS count FROM attempts GROUP BY outcome"
                ).map { ($0["outcome"], $0["count"]) }),
            troubles: try Row.fetchAll(
                database, sql: "SELECT * FROM trouble ORDER BY rowid DESC LIMIT ?", arguments: [troublesMax]
            ).reversed().map { Trouble(time: $0["time"], epoch: $0["epoch"], text: $0["text"]) })
    }

    private static func phases(
        _ database: Database, openedAt: Double, isLive: Bool, _ now: Double
    ) throws -> [Phase] {
        let sql = "SELECT *, (SELECT count(*) FROM result WHERE phase = number) AS kept FROM phase ORDER BY number"
        return try Row.fetchAll(database, sql: sql).map { row in
            let (kind, subject): (String, String?) = (row["kind"], row["subject"])
            var phase = Phase(name: subject.map { "\(kind) \($0)" } ?? kind, jobs: row["jobs"], kept: row["kept"])
            let (began, before): (Double, Int) = (row["openedAt"], row["keptAtOpening"])
            // A phase that this opening has not come to yet has no rate.
            guard isLive, began >= openedAt, phase.kept != phase.jobs, now > began else { return phase }
            let rate = Double(phase.kept - before) / (now - began)
            phase.jobsPerSecond = rate
            if let jobs = phase.jobs, rate > 0 { phase.secondsLeft = Double(jobs - phase.kept) / rate }
            return phase
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try WireJSON.decode(type, from: Data(text.utf8))
    }
}
