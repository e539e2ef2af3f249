import Foundation
import Testing

/// A worker that is asked to end while it computes.
@Suite struct DrainTests {
    @Test func `a worker that drains loses nothing and ends well`() async throws {
        let scene = try await FaultScene()
        let workers = [try await HandStartedWorker.start(), try await HandStartedWorker.start()]
        let running = try Program.start([
            "train", scene.scratch("image.png"), scene.scratch("scribbles.png"), "--trees", "300", "--output",
            scene.scratch("shaken.json"), "--report", scene.scratch("report.json"), "--quiet", "--workers",
            workers.map(\.url).joined(separator: ","),
        ])
        let wasBusy = try await onThread { try workers[0].waitUntilBusy(besides: running) }
        #expect(wasBusy, "the worker never computed")
        workers[0].running.kill(SIGTERM)
        let drained = await workers[0].running.ended()
        let outcome = await running.ended()
        withExtendedLifetime(workers) {}
        #expect(drained.status == 0, "\(drained.errors)")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let jobs = try Report(scene.scratch("report.json")).jobs
        #expect(jobs.retries == 0, "\(jobs.outcomes)")
        #expect(jobs.done == jobs.outcomes["succeeded"])
        let quiet = try await Program.coppice([
            "train", scene.scratch("image.png"), scene.scratch("scribbles.png"), "--trees", "300", "--output",
            scene.scratch("quiet.json"), "--local", "1", "--quiet",
        ])
        #expect(quiet.status == 0, "\(quiet.errors)")
        #expect(try scene.scratch.bytes("shaken.json") == scene.scratch.bytes("quiet.json"))
    }
}
