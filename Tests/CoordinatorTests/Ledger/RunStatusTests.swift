import Foundation
@testable import Scheduling
import Testing

@testable import Coordinator

@Suite struct RunStatusTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ name: String, _ command: String = "segment") throws -> RunDirectory {
        try RunDirectory(
            path: folder(name), manifest: try RunManifest(command: command, parameters: [:], inputs: []),
            arguments: ["coppice", command, "my cells.png"])
    }

    /// A run of which 2 of 10 jobs are done.
    private func begin(_ name: String) async throws -> RunDirectory {
        let run = try open(name)
        let phase = try run.ledger.phase(0, "segment", of: "cells.png", proposedGranularity: 64)
        try run.ledger.setJobs(10, of: phase)
        let journal = try run.ledger.journal(of: phase)
        for job in 0..<2 { try await journal.keep(Data("x".utf8), of: JobIndex(job)) }
        run.ledger.record(trouble: "tile 3 failed at http://node7:8080: connection lost")
        var counters = SchedulerCounters()
        counters.attemptsSucceeded = 2
        var worker = WorkerCounters()
        worker.jobsDone = 2
        try run.ledger.recordProgress(
            counters,
            [WorkerReport(url: "http://node7:8080", slots: 4, health: "usable", lastTrouble: nil, counters: worker)])
        try run.ledger.batch.flush()
        return run
    }

    @Test func `a live run shows its process, rate and time left`() async throws {
        let run = try await begin("run")
        let status = try RunStatus(directory: folder("run"), now: Ledger.now + 10)
        #expect(status.state == .running)
        #expect(status.process?.hasPrefix("process \(getpid())") == true)
        #expect(status.kept == 2 && status.jobs == 10)
        let rate = try #require(status.phases[0].jobsPerSecond)
        #expect(rate > 0 && rate <= 0.2)
        #expect(status.phases[0].secondsLeft == 8 / rate)
        #expect(status.resume == nil)
        for part in [
            "2 of 10 kept", "segment cells.png: 2 of 10 jobs", "http://node7:8080: usable, 4 slots, 2 jobs",
            "attempts succeeded 2", "tile 3 failed at http://node7:8080: connection lost", "opened 1 time)",
        ] { #expect(status.text.contains(part), "\(status.text)") }
        withExtendedLifetime(run) {}
    }

    @Test func `a run has changed when progress was last recorded`() async throws {
        let run = try await begin("run")
        let before = try RunStatus(directory: folder("run")).changedAt
        try run.ledger.recordProgress(SchedulerCounters(), [])
        #expect(try RunStatus(directory: folder("run")).changedAt > before)
    }

    @Test func `a run that is gone without a word is dead, and says how to go on`() async throws {
        do { _ = try await begin("run") }
        let status = try RunStatus(directory: folder("run"))
        #expect(status.state == .dead)
        #expect(status.process == nil && status.phases[0].jobsPerSecond == nil)
        #expect(status.text.contains("resume   coppice segment 'my cells.png'"), "\(status.text)")
    }

    @Test func `how a run ended is shown`() async throws {
        try await begin("run").conclude(nil)
        #expect(try RunStatus(directory: folder("run")).state == .finished)
        let failed = try open("run")
        #expect(failed.ledger.wasFinished)
        #expect(throws: CoordinatorError.self) { try failed.conclude(CoordinatorError(.inputOutput, "disk full")) }
        let status = try RunStatus(directory: folder("run"))
        #expect(status.state == .failed && status.epoch == 2)
        #expect(status.text.contains("failed: disk full"))
    }

    @Test func `the status survives JSON`() async throws {
        try await begin("run").conclude(nil)
        let status = try RunStatus(directory: folder("run"))
        let decoded = try JSONDecoder().decode(RunStatus.self, from: JSONEncoder().encode(status))
        #expect(decoded.text == status.text)
    }

    @Test func `runs are listed newest first, wherever they lie, and what is no run is named`() async throws {
        try await begin("deep/in/here").conclude(nil)
        try open("second", "train").conclude(nil)
        do { _ = try await begin("third") }
        try FileManager.default.createDirectory(atPath: folder("broken"), withIntermediateDirectories: true)
        _ = try folder.write(String(repeating: "no database ", count: 1000), to: "broken/ledger.sqlite")
        let list = try RunList(below: folder.path)
        #expect(list.runs.map(\.directory) == ["third", "second", "deep/in/here"].map { folder($0) })
        #expect(list.runs.map(\.state) == [.dead, .finished, .finished])
        #expect(list.runs[0].line.contains("dead") && list.runs[0].line.contains("2 of 10 jobs"))
        #expect(list.unreadable.count == 1 && list.unreadable[0].contains("broken"))
    }

    @Test func `a folder that is no run is said to be none`() throws {
        do throws(CoordinatorError) {
            _ = try RunStatus(directory: folder.path)
            Issue.record("a run was found")
        } catch {
            #expect(
                error == CoordinatorError(.badInput, "\(folder.path): expected a run directory, found no ledger.sqlite in it"))
        }
        #expect(throws: CoordinatorError.self) { try RunList(below: folder("nowhere")) }
    }
}
