internal import Foundation
internal import GRDB

extension Ledger {
    /// Writes down the files that a phase has written.
    ///
    /// - Parameter request: what was asked for, in words that are the same when it is asked for again.
    func keep(outputs: [RunManifest.Input], of number: Int, request: String) throws(CommandError) {
        try LedgerDatabase.reporting(directory) {
            let files = String(decoding: try JSONEncoder().encode(outputs), as: UTF8.self)
            try pool.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO output VALUES (?, ?, ?)", arguments: [number, request, files])
            }
        }
    }

    /// The files that a phase has written when the same was asked for; nil if it has not.
    func outputs(of number: Int, request: String) throws(CommandError) -> [RunManifest.Input]? {
        try LedgerDatabase.reporting(directory) {
            let files = try pool.read { database in
                try String.fetchOne(
                    database, sql: "SELECT files FROM output WHERE phase = ? AND request = ?", arguments: [number, request])
            }
            return try files.map { try JSONDecoder().decode([RunManifest.Input].self, from: Data($0.utf8)) }
        }
    }

    /// Forgets a phase with its results: its input was bad, and may be replaced.
    func forget(phase number: Int) throws(CommandError) {
        try batch.flush()
        try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                for table in ["result WHERE phase", "output WHERE phase", "phase WHERE number"] {
                    try database.execute(sql: "DELETE FROM \(table) = ?", arguments: [number])
                }
            }
        }
    }

    /// The phases of which something is kept.
    static func begunPhases(_ database: Database) throws -> Set<Int> {
        Set(try Int.fetchAll(database, sql: "SELECT DISTINCT phase FROM result UNION SELECT phase FROM output"))
    }
}
