import Foundation
import Testing

@testable import Coordinator

/// Two coordinators that both believe that a run is theirs.
@Suite struct SplitBrainTests {
    @Test func `the older coordinator is refused and says so, the newer one ends well`() async throws {
        let scene = try await FaultScene()
        let worker = try await HandStartedWorker.start()
        let gate = Gate()
        let firstJob = OneShot<Bool>()
        let way = try FaultyWorker(before: worker.url) { request in
            guard request.isJob else { return .pass }
            firstJob.set(true)
            return .hold(gate)
        }
        let older = try Program.start(
            scene.segment(into: "older.png") + ["--workers", way.url, "--run-dir", scene.scratch("run")])
        let watch = Task {
            // Awaited below. Whoever waits for a job must not wait for one that never comes.
            let outcome = await older.ended()
            firstJob.set(false)
            return outcome
        }
        #expect(await firstJob.value, "the older coordinator sent no job")
        // The lock keeps two processes out of one directory. A copy, such as a restored backup, has none.
        older.kill(SIGSTOP)
        try FileManager.default.copyItem(atPath: scene.scratch("run"), toPath: scene.scratch("copy"))
        let newer = try await Program.coppice(
            scene.segment() + ["--workers", worker.url, "--run-dir", scene.scratch("copy")])
        let report = try scene.expectSameBytes(newer)
        #expect(report.jobs.restored == 0)
        older.kill(SIGCONT)
        gate.open()
        let outcome = await watch.value
        #expect(outcome.status == 75, "\(outcome.status): \(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("coppice: ") }
        #expect(lines.count == 1 && lines[0].contains("superseded by a newer coordinator"), "\(outcome.errors)")
        #expect(!scene.scratch.names.contains("older.png"))
        withExtendedLifetime((worker, way)) {}
    }
}
