import Foundation
import GRDB
@testable import Primitives
@testable import Protocol
@testable import Scheduling
import Testing

@testable import Coordinator

@Suite struct LedgerTests {
    private let folder: TemporaryFolder
    private let small = Data("{\"small\":1}".utf8)
    private let large = Data(repeating: 7, count: PhaseJournal.rowBytesMax + 1)

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> RunDirectory {
        try RunDirectory(
            path: folder("run"), manifest: try RunManifest(command: "segment", parameters: [:], inputs: []),
            arguments: ["coppice"])
    }

    private func journal(_ run: RunDirectory) throws -> PhaseJournal {
        try run.ledger.journal(of: run.ledger.phase(0, "segment", proposedGranularity: 64))
    }

    /// Keeps both results in a run of its own, and closes it.
    private func keepBoth() async throws {
        let run = try open()
        let journal = try journal(run)
        try await journal.keep(small, of: JobIndex(3))
        try await journal.keep(large, of: JobIndex(5))
        try run.conclude(nil)
    }

    @Test func `results come back from a run that is opened again, and only those`() async throws {
        try await keepBoth()
        let journal = try journal(open())
        #expect(try journal.result(of: JobIndex(3)) == small)
        #expect(try journal.result(of: JobIndex(5)) == large)
        #expect(!journal.mayHold(JobIndex(4)))
        #expect(try journal.result(of: JobIndex(4)) == nil)
    }

    @Test func `every opening raises the epoch of the same run`() throws {
        let first = try open().ledger.authority
        let second = try open().ledger.authority
        #expect(first.epoch == 1 && second.epoch == 2)
        #expect(first.run == second.run)
        #expect(UUID(uuidString: first.run) != nil)
    }

    @Test func `a large result is a file named by its hash, a small one is not`() async throws {
        try await keepBoth()
        let files = ResultFiles(directory: folder("run"))
        #expect(files.read(ContentHash(of: large)) == large)
        #expect(files.read(ContentHash(of: small)) == nil)
        #expect(files.path(of: ContentHash(of: large)).contains("/results/\(ContentHash(of: large).hex.prefix(2))/"))
    }

    @Test(arguments: ["changed", "cut", "missing"])
    func `a damaged file is no result, and makes room for the right one`(damage: String) async throws {
        try await keepBoth()
        let path = ResultFiles(directory: folder("run")).path(of: ContentHash(of: large))
        switch damage {
        case "changed": try Data(repeating: 8, count: large.count).write(to: URL(fileURLWithPath: path))
        case "cut": try large.dropLast().write(to: URL(fileURLWithPath: path))
        default: try FileManager.default.removeItem(atPath: path)
        }
        let run = try open()
        let damaged = try journal(run)
        #expect(try damaged.result(of: JobIndex(5)) == nil)
        #expect(try damaged.result(of: JobIndex(3)) == small)
        try await damaged.keep(large, of: JobIndex(5))
        try run.ledger.batch.flush()
        #expect(try journal(run).result(of: JobIndex(5)) == large)
    }

    @Test func `a damaged row is no result`() async throws {
        try await keepBoth()
        let run = try open()
        try await run.ledger.pool.write { try $0.execute(sql: "UPDATE result SET document = X'00' WHERE job = 3") }
        let journal = try journal(run)
        #expect(try journal.result(of: JobIndex(3)) == nil)
        #expect(try run.ledger.progress().kept == 1)
    }

    @Test func `results of many jobs from many tasks are all kept`() async throws {
        let count = 6000
        let run = try open()
        let kept = try journal(run)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<8 {
                group.addTask {
                    for job in stride(from: part, to: count, by: 8) {
                        try await kept.keep(Data("\(job)".utf8), of: JobIndex(job))
                    }
                }
            }
            try await group.waitForAll()
        }
        try run.conclude(nil)
        let found = try journal(open())
        for job in 0..<count { #expect(try found.result(of: JobIndex(job)) == Data("\(job)".utf8)) }
    }

    @Test func `a full disk is an I/O error, and what was committed stays`() async throws {
        let run = try open()
        let journal = try journal(run)
        try await journal.keep(small, of: JobIndex(0))
        try run.ledger.batch.flush()
        // SQLite's own limit answers as a full disk does.
        try await run.ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1") }
        await #expect {
            for job in 1..<10_000 {
                try await journal.keep(Data(repeating: UInt8(job % 251), count: 10_000), of: JobIndex(job))
                try run.ledger.batch.flush()
            }
        } throws: { error in
            (error as? CoordinatorError)?.kind == .inputOutput && "\(error)".contains("ledger.sqlite: database or disk is full")
        }
        await #expect(throws: CoordinatorError.self) { try await journal.keep(small, of: JobIndex(1)) }
        #expect(try RunStatus(directory: folder("run")).kept >= 1)
    }

    @Test func `a results folder that cannot be written is an I/O error`() async throws {
        let run = try open()
        let journal = try journal(run)
        try FileManager.default.removeItem(atPath: folder("run/results"))
        _ = try folder.write("", to: "run/results")
        await #expect {
            try await journal.keep(large, of: JobIndex(0))
        } throws: { error in
            (error as? CoordinatorError)?.kind == .inputOutput && "\(error)".hasPrefix("run \(folder("run")): results: ")
        }
    }

    @Test func `a phase keeps the granularity that it began with`() throws {
        #expect(try open().ledger.phase(0, "train", proposedGranularity: 6) == RunPhase(number: 0, kind: "train", granularity: 6))
        let ledger = try open().ledger
        #expect(try ledger.phase(0, "train", proposedGranularity: 12).granularity == 6)
        #expect(try ledger.phase(1, "segment", proposedGranularity: 12).granularity == 12)
        #expect(throws: CoordinatorError.self) { try ledger.phase(1, "train", proposedGranularity: 12) }
    }

    @Test func `a phase that is forgotten has neither results nor files any more`() async throws {
        let run = try open()
        try await journal(run).keep(small, of: JobIndex(3))
        let file = RunManifest.Input(path: "labels.png", sha256: ContentHash(of: small))
        for number in 0...1 { try run.ledger.keep(outputs: [file], of: number, request: "labels") }
        try run.ledger.forget(phase: 0)
        #expect(try run.ledger.outputs(of: 0, request: "labels") == nil)
        #expect(try run.ledger.outputs(of: 1, request: "labels") == [file])
        #expect(try journal(run).result(of: JobIndex(3)) == nil)
    }

    @Test func `a file that has moved is shown under its new name`() throws {
        _ = try open().ledger.phase(0, "segment", of: "old.png", proposedGranularity: 6)
        _ = try open().ledger.phase(0, "segment", of: "new.png", proposedGranularity: 6)
        #expect(try RunStatus(directory: folder("run")).phases.map(\.name) == ["segment new.png"])
    }
}
