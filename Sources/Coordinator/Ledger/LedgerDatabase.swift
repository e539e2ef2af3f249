internal import Foundation
internal import GRDB

/// The SQLite file of a ledger: its tables, and its errors as the command's.
///
/// Write-ahead logging with `synchronous = NORMAL`: a killed process loses nothing that was committed, a machine that goes down
/// perhaps the last commits, and neither leaves anything half written.
struct LedgerDatabase: Sendable {
    /// The run directory.
    let directory: String
    let connection: any DatabaseReader

    static let fileName = "ledger.sqlite"
    private static let formatVersion = 2

    static func path(in directory: String) -> String { FilePath.join(directory, fileName) }

    /// Opens the database for writing, and makes it if it is not there.
    static func open(in directory: String) throws(CommandError) -> (LedgerDatabase, DatabasePool) {
        try reporting(directory) {
            let pool = try DatabasePool(path: path(in: directory), configuration: configuration(isReadOnly: false))
            try pool.write { database in
                switch try version(of: database) {
                case 0: try database.execute(sql: tables + "PRAGMA user_version = \(formatVersion)")
                case let found: try require(found, directory)
                }
            }
            return (LedgerDatabase(directory: directory, connection: pool), pool)
        }
    }

    /// Opens the database to look at it, also while a run writes to it.
    static func openReadOnly(in directory: String) throws(CommandError) -> LedgerDatabase {
        guard FileManager.default.fileExists(atPath: path(in: directory)) else {
            throw CommandError(.badInput, "\(directory): expected a run directory, found no \(fileName) in it")
        }
        return try reporting(directory) {
            let queue = try DatabaseQueue(path: path(in: directory), configuration: configuration(isReadOnly: true))
            try require(try queue.read(version), directory)
            return LedgerDatabase(directory: directory, connection: queue)
        }
    }

    /// Runs `work`; its database errors become the command's.
    static func reporting<Value>(_ directory: String, _ work: () throws -> Value) throws(CommandError) -> Value {
        do {
            return try work()
        } catch let error as CommandError {
            throw error
        } catch let error as DatabaseError {
            let reason = error.message ?? error.resultCode.description
            throw CommandError(.inputOutput, "run \(directory): \(fileName): \(reason)")
        } catch {
            throw CommandError(.inputOutput, "run \(directory): \(fileName): \(error)")
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

    private static func require(_ found: Int, _ directory: String) throws(CommandError) {
        guard found == formatVersion else {
            throw CommandError(
                .badInput, "run \(directory): expected a ledger of format \(formatVersion), found \(found); use another --run-dir"
            )
        }
    }

    /// Times are seconds since 1970.
    private static let tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1), uuid TEXT NOT NULL, epoch INTEGER NOT NULL,
            state TEXT NOT NULL, message TEXT, manifest TEXT NOT NULL, arguments TEXT NOT NULL,
            createdAt REAL NOT NULL, openedAt REAL NOT NULL, changedAt REAL NOT NULL);
        CREATE TABLE phase (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT, grain INTEGER NOT NULL, jobs INTEGER,
            keptAtOpening INTEGER NOT NULL, openedAt REAL NOT NULL);
        CREATE TABLE result (
            phase INTEGER NOT NULL, job INTEGER NOT NULL, sha256 TEXT NOT NULL, byteCount INTEGER NOT NULL,
            document BLOB, UNIQUE (phase, job));
        CREATE TABLE output (phase INTEGER PRIMARY KEY, request TEXT NOT NULL, files TEXT NOT NULL);
        CREATE TABLE attempts (
            epoch INTEGER NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (epoch, outcome)) WITHOUT ROWID;
        CREATE TABLE worker (
            epoch INTEGER NOT NULL, number INTEGER NOT NULL, url TEXT NOT NULL, slots INTEGER NOT NULL, health TEXT NOT NULL,
            jobs INTEGER NOT NULL, failures INTEGER NOT NULL, lastTrouble TEXT, PRIMARY KEY (epoch, number)) WITHOUT ROWID;
        CREATE TABLE trouble (epoch INTEGER NOT NULL, time REAL NOT NULL, text TEXT NOT NULL);

        """
}
