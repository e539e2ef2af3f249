import Foundation
import GRDB
@testable import Primitives
@testable import Protocol
@testable import Scheduling
import Testing

@testable import Coordinator

/// Ledgers of other formats, and those that the first programs of this format made.
@Suite struct LedgerFormatTests {
    private let folder: TemporaryFolder
    private let document = Data("{\"votes\":1}".utf8)

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("run"), withIntermediateDirectories: true)
    }

    private func manifest() throws(CoordinatorError) -> RunManifest {
        try RunManifest(command: "segment", parameters: ["tile": "64"], inputs: [])
    }

    private func open() throws(CoordinatorError) -> RunDirectory {
        try RunDirectory(path: folder("run"), manifest: manifest(), arguments: ["coppice", "segment"])
    }

    private func openError() -> CoordinatorError? {
        do throws(CoordinatorError) {
            try open().conclude(nil)
            return nil
        } catch {
            return error
        }
    }

    private func statusError() -> CoordinatorError? {
        do throws(CoordinatorError) {
            _ = try RunStatus(directory: folder("run"))
            return nil
        } catch {
            return error
        }
    }

    /// The tables of format 2, as the programs made them that had no list of steps.
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
        PRAGMA user_version = 2;
        """

    /// A run of which job 3 of 10 is kept, in a file as those programs left it.
    private func makeEarlierLedger() throws {
        let pool = try DatabasePool(path: folder("run/ledger.sqlite"))
        try pool.write { database in
            try database.execute(sql: Self.tables)
            let manifest = #"{"command":"segment","inputs":[],"parameters":{"tile":"64"},"version":"\#(Coppice.version)"}"#
            try database.execute(
                sql: """
                    INSERT INTO run VALUES (1, 'a-run', 1, 'interrupted', 'stopped', ?, '["coppice","segment"]', 10, 20, 30);
                    INSERT INTO phase VALUES (0, 'segment', 'cells.png', 512, 10, 0, 25);
                    INSERT INTO result VALUES (0, 3, ?, ?, ?);
                    INSERT INTO output VALUES (0, 'labels', '[{"path":"\\/a.png","sha256":"\(ContentHash(of: document).hex)"}]');
                    INSERT INTO attempts VALUES (1, 'succeeded', 1);
                    INSERT INTO worker VALUES (1, 0, 'http://node7:8080', 4, 'usable', 1, 2, 'late');
                    INSERT INTO trouble VALUES (1, 26, 'tile 4 failed');
                    """, arguments: [manifest, ContentHash(of: document).hex, document.count, document])
        }
        try pool.close()
    }

    @Test func `a run that was begun before steps were listed is shown as it is`() throws {
        try makeEarlierLedger()
        let status = try RunStatus(directory: folder("run"))
        #expect(status.run == "a-run" && status.epoch == 1 && status.state == .interrupted && status.message == "stopped")
        #expect(status.arguments == ["coppice", "segment"] && status.command == "segment")
        #expect([status.createdAt, status.openedAt, status.changedAt] == [10, 20, 30])
        #expect(status.phases.map(\.name) == ["segment cells.png"] && status.kept == 1 && status.jobs == 10)
        #expect(status.attempts == ["succeeded": 1] && status.troubles.map(\.text) == ["tile 4 failed"])
        #expect(status.workers.map(\.url) == ["http://node7:8080"] && status.workers[0].lastTrouble == "late")
    }

    @Test func `a run that was begun before steps were listed goes on`() async throws {
        try makeEarlierLedger()
        let run = try open()
        #expect(run.ledger.authority.run == "a-run" && run.ledger.authority.epoch == 2)
        let phase = try run.ledger.phase(0, "segment", of: "moved.png", proposedGranularity: 64)
        #expect(phase.granularity == 512)
        #expect(try run.ledger.outputs(of: 0, request: "labels")?.map(\.path) == ["/a.png"])
        let journal = try run.ledger.journal(of: phase)
        #expect(try journal.result(of: JobIndex(3)) == document)
        try await journal.keep(document, of: JobIndex(4))
        try run.conclude(nil)
        let status = try RunStatus(directory: folder("run"))
        #expect(status.kept == 2 && status.createdAt == 10 && status.phases.map(\.name) == ["segment moved.png"])
        #expect(status.state == .finished && status.message == nil)
    }

    @Test func `a new ledger has the columns and keys that earlier programs made`() throws {
        try open().conclude(nil)
        let earlier = try DatabaseQueue()
        try earlier.write { try $0.execute(sql: Self.tables) }
        let expected = try earlier.read(Self.columns)
        #expect(expected.count == 42)
        #expect(try LedgerDatabase.openReadOnly(in: folder("run")).read(Self.columns) == expected)
    }

    /// Every column of the ledger's tables with its type and place in the key, and the tables' unique indices.
    private static func columns(of database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk
                FROM pragma_table_list t, pragma_table_info(t.name) c
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'grdb%'
                UNION SELECT t.name || '.' || i.name || ' ' || i."unique" FROM pragma_table_list t, pragma_index_list(t.name) i
                WHERE t.name NOT LIKE 'grdb%' ORDER BY 1
                """)
    }

    @Test(arguments: [1, 3, 9])
    func `a ledger of another format is refused by both numbers and left as it is`(format: Int) throws {
        try makeEarlierLedger()
        let pool = try DatabasePool(path: folder("run/ledger.sqlite"))
        try pool.write { try $0.execute(sql: "PRAGMA user_version = \(format)") }
        try pool.close()
        let refusal = CoordinatorError(
            .badInput,
            "run \(folder("run")): expected a ledger of format 2, found \(format); use another --run-dir")
        #expect(openError() == refusal)
        #expect(statusError() == refusal)
        let queue = try DatabaseQueue(path: folder("run/ledger.sqlite"))
        #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT epoch FROM run") } == 1)
        #expect(try queue.read { try !$0.tableExists("grdb_migrations") })
    }

    @Test func `an empty file is a ledger that has not been begun`() throws {
        _ = try folder.write("", to: "run/ledger.sqlite")
        #expect(statusError()?.description.hasSuffix("expected a ledger of format 2, found 0; use another --run-dir") == true)
        #expect(openError() == nil && statusError() == nil)
    }
}
