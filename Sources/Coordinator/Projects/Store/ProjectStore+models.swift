package import Foundation
internal import GRDB

/// A model that is kept: what is known of it besides its file.
package struct ModelRecord: Codable, Hashable, Sendable {
    /// 1, 2, …, ascending over all openings of the project.
    package var revision: Int
    /// Of the last operation that it was trained on.
    package var labelSequence: Int
    /// ISO 8601.
    package var time: String
    /// What somebody called it; models that have a name stay.
    package var name: String?
    package var trees: Int
    /// Labelled pixels that it learned from, and those there were.
    package var samples: Int
    package var labelledPixels: Int
    /// Whether it is what the commands make of the same strokes, byte for byte.
    package var isExact: Bool
    package var seconds: Double

    package init(
        revision: Int, labelSequence: Int, time: String, name: String? = nil, trees: Int, samples: Int, labelledPixels: Int,
        isExact: Bool, seconds: Double
    ) {
        (self.revision, self.labelSequence, self.time, self.name) = (revision, labelSequence, time, name)
        (self.trees, self.samples, self.labelledPixels, self.isExact) = (trees, samples, labelledPixels, isExact)
        self.seconds = seconds
    }
}

/// Models that were trained before.
extension ProjectStore {
    /// Keeps a model. One of the same revision is replaced.
    ///
    /// - Parameter bytes: its file, `model.json`.
    package func keep(model record: ModelRecord, _ bytes: Data) throws(ProjectError) {
        try ProjectDatabase.reporting(folder) {
            let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
            try pool.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO model (revision, name, record, document) VALUES (?, ?, ?, ?)",
                    arguments: [record.revision, record.name, text, bytes])
            }
        }
    }

    /// All models that are kept, the oldest first.
    package func models() throws(ProjectError) -> [ModelRecord] {
        try ProjectDatabase.reporting(folder) {
            try pool.read { database in
                try Row.fetchAll(database, sql: "SELECT record, name FROM model ORDER BY revision").map { row in
                    let text: String = row[0]
                    var record = try JSONDecoder().decode(ModelRecord.self, from: Data(text.utf8))
                    record.name = row[1]
                    return record
                }
            }
        }
    }

    /// The file of a model.
    ///
    /// - Throws: not found.
    package func model(revision: Int) throws(ProjectError) -> Data {
        let found = try ProjectDatabase.reporting(folder) {
            try pool.read { database in
                try Data.fetchOne(database, sql: "SELECT document FROM model WHERE revision = ?", arguments: [revision])
            }
        }
        guard let found else { throw ProjectError(.notFound, "model \(revision): expected one that is kept, found none") }
        return found
    }

    /// Gives a model a name, so that it stays; nil takes it away.
    ///
    /// - Throws: not found.
    package func name(model revision: Int, _ name: String?) throws(ProjectError) {
        let count = try ProjectDatabase.reporting(folder) {
            try pool.write { database in
                try database.execute(sql: "UPDATE model SET name = ? WHERE revision = ?", arguments: [name, revision])
                return database.changesCount
            }
        }
        guard count > 0 else { throw ProjectError(.notFound, "model \(revision): expected one that is kept, found none") }
    }

    /// Forgets models without a name but for the last ones.
    package func forgetModels(keeping count: Int) throws(ProjectError) {
        try ProjectDatabase.reporting(folder) {
            try pool.write { database in
                try database.execute(
                    sql: """
                        DELETE FROM model WHERE name IS NULL AND revision NOT IN
                        (SELECT revision FROM model WHERE name IS NULL ORDER BY revision DESC LIMIT ?)
                        """, arguments: [count])
            }
        }
    }
}
