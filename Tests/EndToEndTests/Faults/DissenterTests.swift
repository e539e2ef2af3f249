import Foundation
@testable import Jobs
@testable import Protocol
import Testing

/// A worker whose results are well formed and wrong.
@Suite struct DissenterTests {
    /// The result of a tile job with another class for its first pixel.
    private static func otherClass(in result: Data) -> Data {
        guard var output = try? WireJSON.decode(TileJob.Output.self, from: result), let truth = output.maps[.labels]?.sent else {
            return result
        }
        var classes = truth.elements(as: UInt8.self)
        classes[0] = classes[0] == 0 ? 1 : 0
        output.maps[.labels] = MapResult(sent: WireArray(classes, .uint8, shape: truth.shape, isDeflated: true))
        return (try? WireJSON.encode(output)) ?? result
    }

    @Test func `a worker that differs in one byte is found out, named and not used any more`() async throws {
        let scene = try await FaultScene()
        let honest = [try await HandStartedWorker.start(), try await HandStartedWorker.start()]
        // A worker of its own, which is not too busy with the jobs of another to answer.
        let spoken = try await HandStartedWorker.start()
        let dissenter = try FaultyWorker(before: spoken.url) { $0.isJob ? .alter(Self.otherClass) : .pass }
        let outcome = try await scene.start([dissenter.url] + honest.map(\.url), ["--verify", "1"]).ended()
        let report = try scene.expectSameBytes(outcome)
        #expect(outcome.errors.contains("\(dissenter.url) is not used any more: its result of job "), "\(outcome.errors)")
        #expect(report.worker(dissenter.url)?.health == "excluded", "\(report.workers)")
        for worker in honest { #expect(report.worker(worker.url)?.health == "usable") }
        withExtendedLifetime((dissenter, spoken)) {}
        #expect(report.jobs.verified == report.jobs.done)
    }
}
