internal import Foundation
internal import GRDB
internal import Primitives

/// A row of a ledger's table. What is inserted replaces the row with the same key.
protocol LedgerRow: Codable, FetchableRecord, PersistableRecord, Sendable {
    /// Inserts the row.
    ///
    /// `insert` takes twice the time of a prepared statement. Rows that come by the thousand a second have a statement of their own,
    /// with the same effect.
    func write(to database: Database) throws
}

extension LedgerRow {
    func write(to database: Database) throws { try insert(database) }

    static var persistenceConflictPolicy: PersistenceConflictPolicy { PersistenceConflictPolicy(insert: .replace) }

    /// Writes the columns that hold JSON: keys in order, paths as they are.
    static func databaseJSONEncoder(for column: String) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension Ledger {
    /// The one row of the table `run`. Times are seconds since 1970.
    struct RunRow: LedgerRow {
        static let databaseTableName = "run"

        private var id = 1
        var uuid: String
        /// How often the run was opened.
        var epoch: Int
        var state: State
        /// The error that the run ended with.
        var message: String?
        var manifest: RunManifest
        /// The command line of the last opening.
        var arguments: [String]
        var createdAt: Double
        var openedAt: Double
        var changedAt: Double

        enum Columns {
            static let state = Column(CodingKeys.state)
            static let message = Column(CodingKeys.message)
            static let changedAt = Column(CodingKeys.changedAt)
        }

        /// A run that has not been opened yet.
        init(manifest: RunManifest, now: Double) {
            uuid = UUID().uuidString.lowercased()
            epoch = 0
            state = .running
            self.manifest = manifest
            arguments = []
            (createdAt, openedAt, changedAt) = (now, now, now)
        }
    }

    /// A phase that has begun.
    struct PhaseRow: LedgerRow {
        static let databaseTableName = "phase"

        let number: Int
        let kind: String
        /// What is worked on, for people.
        var subject: String?
        let granularity: Int
        /// nil as long as it is not known.
        var jobs: Int?
        /// Results that were kept when the phase was last opened, and when that was.
        var keptAtOpening = 0
        var openedAt: Double

        /// The column of the granularity has the name that it got when the format was new.
        enum CodingKeys: String, CodingKey {
            case number, kind, subject
            case granularity = "grain"
            case jobs, keptAtOpening, openedAt
        }

        enum Columns {
            static let number = Column(CodingKeys.number)
            static let jobs = Column(CodingKeys.jobs)
        }
    }

    /// The kept result of a job.
    struct ResultRow: LedgerRow {
        static let databaseTableName = "result"

        let phase: Int
        /// The job's position in its phase.
        let job: Int
        /// Of the document, as hexadecimal digits; a damaged file may hold anything.
        let sha256: String
        let byteCount: Int
        /// nil when a file of `ResultFiles` holds it.
        let document: Data?

        enum Columns {
            static let phase = Column(CodingKeys.phase)
            static let job = Column(CodingKeys.job)
        }

        func write(to database: Database) throws {
            let sql = "INSERT OR REPLACE INTO result (phase, job, sha256, byteCount, document) VALUES (?, ?, ?, ?, ?)"
            try database.cachedStatement(sql: sql).execute(arguments: [phase, job, sha256, byteCount, document])
        }

        /// The result of one job; nil if none is kept.
        static func fetchOne(_ database: Database, phase: Int, job: Int) throws -> Self? {
            let sql = "SELECT phase, job, sha256, byteCount, document FROM result WHERE phase = ? AND job = ?"
            return try fetchOne(database, SQLRequest<Self>(sql: sql, arguments: [phase, job], cached: true))
        }
    }

    /// The files that a phase has written.
    struct OutputRow: LedgerRow {
        static let databaseTableName = "output"

        let phase: Int
        /// What was asked for, in words that are the same when it is asked for again.
        let request: String
        let files: [RunManifest.Input]

        enum Columns {
            static let phase = Column(CodingKeys.phase)
            static let request = Column(CodingKeys.request)
        }
    }

    /// How many attempts of one opening ended in one way.
    struct AttemptsRow: LedgerRow {
        static let databaseTableName = "attempts"

        let epoch: Int
        let outcome: String
        let count: Int
    }

    /// What a worker did in one opening.
    struct WorkerRow: LedgerRow {
        static let databaseTableName = "worker"

        let epoch: Int
        /// Its place in the order in which workers came.
        let number: Int
        let url: String
        let slots: Int
        let health: String
        let jobs: Int
        let failures: Int
        let lastTrouble: String?

        enum Columns {
            static let epoch = Column(CodingKeys.epoch)
            static let number = Column(CodingKeys.number)
        }

        func write(to database: Database) throws {
            let sql = """
                INSERT OR REPLACE INTO worker (epoch, number, url, slots, health, jobs, failures, lastTrouble)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
            try database.cachedStatement(sql: sql)
                .execute(arguments: [epoch, number, url, slots, health, jobs, failures, lastTrouble])
        }
    }

    /// Something that went wrong, for people.
    struct TroubleRow: LedgerRow {
        static let databaseTableName = "trouble"

        let epoch: Int
        let time: Double
        let text: String
    }
}
