import Foundation
import Testing

/// Promise 6: closed by default.
@Suite struct TokenTests {
    private static let token = "correct-horse-battery-staple"

    @Test func `a worker with a token serves those who have it, and nobody else`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 80, pixelsPerClass: 80)
        let worker = try await HandStartedWorker.start(token: Self.token)
        try Data("\(Self.token)\n".utf8).write(to: URL(fileURLWithPath: scratch("token")))
        try Data("wrong\n".utf8).write(to: URL(fileURLWithPath: scratch("wrong")))
        let train = [
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--workers", worker.url, "--output",
        ]
        #expect(try await Program.coppice(train + [scratch("a.json")]).status == 69)
        #expect(try await Program.coppice(train + [scratch("b.json"), "--token-file", scratch("wrong")]).status == 69)
        let right = try await Program.coppice(
            train + [scratch("c.json"), "--token-file", scratch("token"), "--report", scratch("r.json")])
        #expect(right.status == 0, "\(right.errors)")
        #expect(scratch.names.filter { $0.hasSuffix(".json") } == ["c.json", "r.json"])
        withExtendedLifetime(worker) {}
        let traces = try right.output + right.errors + String(decoding: scratch.bytes("r.json"), as: UTF8.self)
        #expect(!traces.contains(Self.token))
    }

    @Test func `a worker that others can reach does not start without a token`() async throws {
        let running = try Running(Program.worker, ["--host", "0.0.0.0"])
        let outcome = await running.ended()
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("token"), "\(outcome.errors)")
    }

    @Test func `the local workers' token is on no command line`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 300)
        var lines: [String] = []
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--output", scratch("m.json"), "--local", "1",
        ]) { running in
            while lines.isEmpty, running.process.isRunning {
                lines = Processes.children(of: running.identifier).map(Processes.commandLine)
                sched_yield()
            }
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
        let arguments = try #require(lines.first).split(separator: "\0").dropFirst()
        // Nothing as long as a token of 256 bits is among the arguments, but for the folder of the image.
        #expect(arguments.allSatisfy { $0.count < 32 || $0.hasPrefix("/") }, "\(arguments)")
    }
}
