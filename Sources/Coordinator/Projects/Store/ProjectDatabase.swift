internal import Coordinator
internal import Foundation
internal import GRDB
internal import Machine

/// The SQLite file of a project: how it is opened, its tables, and its errors as the project's.
///
/// Write-ahead logging with `synchronous = FULL`: what was committed is on the disk, whatever happens then.
///
/// The file's format is the number in its `user_version`. A new format is one more step of `migrator`: an older file goes through the
/// steps that it lacks. A newer one is refused by its number.
enum ProjectDatabase {
    static let fileName = "project.sqlite"
    /// The format that is written.
    static let format = 2

    static func path(in folder: String) -> String { FilePath.join(folder, fileName) }

    /// Opens the database for writing, and makes it if it is not there.
    ///
    /// - Throws: other format for a file of a newer one; input/output.
    static func open(in folder: String) throws(ProjectError) -> DatabasePool {
        try reporting(folder) {
            let pool = try DatabasePool(path: path(in: folder), configuration: configuration(isReadOnly: false))
            let found = try pool.read(version)
            try require(found, folder)
            try migrator.migrate(pool)
            // The pool itself asks for less when it turns on write-ahead logging.
            try pool.writeWithoutTransaction { database in try database.execute(sql: "PRAGMA synchronous = FULL") }
            return pool
        }
    }

    /// Opens the database beside whoever writes to it.
    ///
    /// - Throws: not found when there is none; other format; input/output.
    static func openReadOnly(in folder: String) throws(ProjectError) -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path(in: folder)) else {
            throw ProjectError(.notFound, "\(folder): expected a project, found no \(fileName) in it")
        }
        return try reporting(folder) {
            let queue = try DatabaseQueue(path: path(in: folder), configuration: configuration(isReadOnly: true))
            try require(queue.read(version), folder)
            return queue
        }
    }

    /// Runs `work`; its database errors become the project's.
    static func reporting<Value>(_ folder: String, _ work: () throws -> Value) throws(ProjectError) -> Value {
        do {
            return try work()
        } catch let error as ProjectError {
            throw error
        } catch let error as OutputError {
            throw ProjectError(.inputOutput, error.description)
        } catch let error as DatabaseError {
            let reason = error.message ?? error.resultCode.description
            if error.resultCode == .SQLITE_FULL {
                throw ProjectError(
                    .diskFull,
                    "project \(folder): the disk is full: nothing is lost, but this was not saved; free some space and try again")
            }
            // SQLite does not say why a write fails: a limit of files' sizes is the likely cause where there is one.
            let limit = error.resultCode == .SQLITE_IOERR ? ProcessLimit.fileSize.note.map { " (\($0))" } : nil
            throw ProjectError(.inputOutput, "project \(folder): \(fileName): \(reason)\(limit ?? "")")
        } catch {
            throw ProjectError(.inputOutput, "project \(folder): \(fileName): \(error)")
        }
    }

    private static func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(5)
        configuration.label = "coppice.project"
        return configuration
    }

    private static func version(of database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private static func require(_ found: Int, _ folder: String) throws(ProjectError) {
        guard found <= format else {
            throw ProjectError(
                .otherFormat,
                "project \(folder): expected a project of format \(format) or older, found \(found); use the newer coppice that wrote it"
            )
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        addStep(to: 1, of: &migrator, makeTables)
        addStep(to: 2, of: &migrator, nameProject)
        return migrator
    }

    /// Adds a step that leads to the format `version`.
    private static func addStep(
        to version: Int, of migrator: inout DatabaseMigrator, _ step: @escaping @Sendable (Database) throws -> Void
    ) {
        migrator.registerMigration("format \(version)", foreignKeyChecks: .immediate) { database in
            try step(database)
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    /// The tables of format 1. Times are texts as ISO 8601 has them; documents are JSON, `document` of a model its file.
    @Sendable private static func makeTables(_ database: Database) throws {
        try database.create(table: "operation") { table in
            table.column("sequence", .integer).primaryKey()
            table.column("id", .text).notNull().unique()
            for name in ["person", "time"] { table.column(name, .text).notNull() }
            table.column("document", .blob).notNull()
        }
        try database.create(table: "person") { table in
            table.column("number", .integer).primaryKey()
            table.column("id", .text).notNull().unique()
            for name in ["name", "time"] { table.column(name, .text).notNull() }
        }
        try database.create(table: "model") { table in
            table.column("revision", .integer).primaryKey()
            table.column("name", .text)
            table.column("record", .text).notNull()
            table.column("document", .blob).notNull()
        }
        // What was found of images after they were added.
        try database.create(table: "identity", options: .withoutRowID) { table in
            for name in ["image", "path"] { table.column(name, .text).notNull() }
            for name in ["byteCount", "modified"] { table.column(name, .integer).notNull() }
            table.column("sha256", .text)
            table.primaryKey(["image", "path"])
        }
    }

    /// Format 2 has one row that names the project: a UUID in lower case, which copies of the project have, too.
    @Sendable private static func nameProject(_ database: Database) throws {
        try database.create(table: "project") { table in table.column("id", .text).notNull() }
        try database.execute(sql: "INSERT INTO project (id) VALUES (?)", arguments: [UUID().uuidString.lowercased()])
    }

    /// The project's id.
    static func id(_ database: Database) throws -> String {
        guard let id = try String.fetchOne(database, sql: "SELECT id FROM project") else {
            throw OutputError(path: fileName, reason: "expected the project's id, found none")
        }
        return id
    }
}
