internal import Foundation
internal import GRDB
internal import Machine

/// The SQLite file of a ledger: how it is opened, its tables, and its errors as the command's.
///
/// Write-ahead logging with `synchronous = NORMAL`: a killed process loses nothing that was committed, a machine that goes down
/// perhaps the last commits, and neither leaves anything half written.
///
/// The file's format is the number in its `user_version`. A new format is one more step of `migrator`: when a run opens a file of
/// one of `formats`, the file goes through the steps that it lacks. Any other format is refused by its number.
enum LedgerDatabase {
    static let fileName = "ledger.sqlite"
    /// The formats that the steps lead on from, up to the one that is written.
    private static let formats = 2...2

    static func path(in directory: String) -> String { FilePath.join(directory, fileName) }

    /// Opens the database for writing, and makes it if it is not there.
    ///
    /// - Throws: bad input for a file of another format; an I/O error.
    static func open(in directory: String) throws(CoordinatorError) -> DatabasePool {
        try reporting(directory) {
            let pool = try DatabasePool(path: path(in: directory), configuration: configuration(isReadOnly: false))
            // An empty file is a new one.
            let found = try pool.read(version)
            try require(found == 0 || formats.contains(found), found, directory)
            try migrator.migrate(pool)
            return pool
        }
    }

    /// Opens the database to look at it, also while a run writes to it.
    ///
    /// - Throws: bad input when there is none, or a file of another format; an I/O error.
    static func openReadOnly(in directory: String) throws(CoordinatorError) -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path(in: directory)) else {
            throw CoordinatorError(.badInput, "\(directory): expected a run directory, found no \(fileName) in it")
        }
        return try reporting(directory) {
            let queue = try DatabaseQueue(path: path(in: directory), configuration: configuration(isReadOnly: true))
            let found = try queue.read(version)
            try require(found == formats.upperBound, found, directory)
            return queue
        }
    }

    /// Runs `work`; its database errors become the command's.
    static func reporting<Value>(_ directory: String, _ work: () throws -> Value) throws(CoordinatorError) -> Value {
        do {
            return try work()
        } catch let error as CoordinatorError {
            throw error
        } catch let error as DatabaseError {
            let reason = error.message ?? error.resultCode.description
            // SQLite does not say why a write fails: a limit of files' sizes is the likely cause where there is one.
            let isWrite = [.SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode)
            let limit = isWrite ? ProcessLimit.fileSize.note.map { " (\($0))" } : nil
            throw CoordinatorError(.inputOutput, "run \(directory): \(fileName): \(reason)\(limit ?? "")")
        } catch {
            throw CoordinatorError(.inputOutput, "run \(directory): \(fileName): \(error)")
        }
    }

    private static func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(5)
        configuration.label = "coppice.ledger"
        return configuration
    }

    private static func version(of database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private static func require(_ isKnown: Bool, _ found: Int, _ directory: String) throws(CoordinatorError) {
        guard isKnown else {
            throw CoordinatorError(
                .badInput,
                "run \(directory): expected a ledger of format \(formats.upperBound), found \(found); use another --run-dir"
            )
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        addStep(to: 2, of: &migrator, makeTables)
        return migrator
    }

    /// Adds a step that leads to the format `version`.
    private static func addStep(
        to version: Int, of migrator: inout DatabaseMigrator, _ step: @escaping @Sendable (Database) throws -> Void
    ) {
        migrator.registerMigration("format \(version)", foreignKeyChecks: .immediate) { database in
            // The first files of format 2 have its number, but no list of the steps that they went through.
            guard try Self.version(of: database) < version else { return }
            try step(database)
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    /// The tables of format 2. Times are seconds since 1970.
    @Sendable private static func makeTables(_ database: Database) throws {
        try database.create(table: Ledger.RunRow.databaseTableName) { table in
            table.column("id", .integer).primaryKey().check { $0 == 1 }
            table.column("uuid", .text).notNull()
            table.column("epoch", .integer).notNull()
            table.column("state", .text).notNull()
            table.column("message", .text)
            table.column("manifest", .text).notNull()
            table.column("arguments", .text).notNull()
            for name in ["createdAt", "openedAt", "changedAt"] { table.column(name, .real).notNull() }
        }
        try database.create(table: Ledger.PhaseRow.databaseTableName) { table in
            table.column("number", .integer).primaryKey()
            table.column("kind", .text).notNull()
            table.column("subject", .text)
            table.column("grain", .integer).notNull()
            table.column("jobs", .integer)
            table.column("keptAtOpening", .integer).notNull()
            table.column("openedAt", .real).notNull()
        }
        try database.create(table: Ledger.ResultRow.databaseTableName) { table in
            table.column("phase", .integer).notNull()
            table.column("job", .integer).notNull()
            table.column("sha256", .text).notNull()
            table.column("byteCount", .integer).notNull()
            table.column("document", .blob)
            table.uniqueKey(["phase", "job"])
        }
        try database.create(table: Ledger.OutputRow.databaseTableName) { table in
            table.column("phase", .integer).primaryKey()
            for name in ["request", "files"] { table.column(name, .text).notNull() }
        }
        try database.create(table: Ledger.AttemptsRow.databaseTableName, options: .withoutRowID) { table in
            table.column("epoch", .integer).notNull()
            table.column("outcome", .text).notNull()
            table.column("count", .integer).notNull()
            table.primaryKey(["epoch", "outcome"])
        }
        try database.create(table: Ledger.WorkerRow.databaseTableName, options: .withoutRowID) { table in
            for name in ["epoch", "number"] { table.column(name, .integer).notNull() }
            table.column("url", .text).notNull()
            table.column("slots", .integer).notNull()
            table.column("health", .text).notNull()
            for name in ["jobs", "failures"] { table.column(name, .integer).notNull() }
            table.column("lastTrouble", .text)
            table.primaryKey(["epoch", "number"])
        }
        try database.create(table: Ledger.TroubleRow.databaseTableName) { table in
            table.column("epoch", .integer).notNull()
            table.column("time", .real).notNull()
            table.column("text", .text).notNull()
        }
    }
}
