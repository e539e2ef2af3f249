import Foundation
import Testing

/// Promises 1 and 4 when workers die: the same bytes, or an error and no output.
@Suite struct LostWorkerTests {
    /// The arguments of one command, without its output and workers.
    private func arguments(_ command: String, _ scratch: Scratch) -> [String] {
        command == "train"
            ? ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "400"]
            : ["segment", scratch("image.png"), "--model", scratch("model.json"), "--tile", "48"]
    }

    private func prepare(_ scratch: Scratch) async throws {
        try DemoInputs.write(to: scratch, side: 512, pixelsPerClass: 2000)
        let outcome = try await Program.coppice(
            arguments("train", scratch) + ["--output", scratch("model.json"), "--local", "2"])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test(arguments: ["train", "segment"])
    func `a worker killed in the middle changes no byte`(command: String) async throws {
        let scratch = try Scratch()
        try await prepare(scratch)
        #expect(
            try await Program.coppice(arguments(command, scratch) + ["--output", scratch("quiet.png"), "--local", "1"]).status
                == 0)
        var retries = 0
        // A worker may have handed in its job in the instant before it dies; then nothing has to be done again.
        for _ in 0..<5 where retries == 0 {
            let workers = [try await HandStartedWorker.start(), try await HandStartedWorker.start()]
            var wasBusy = false
            let outcome = try await Program.coppice(
                arguments(command, scratch) + [
                    "--output", scratch("shaken.png"), "--report", scratch("report.json"), "--workers",
                    workers.map(\.url).joined(separator: ","),
                ]
            ) { running in
                wasBusy = try workers[0].waitUntilBusy(besides: running)
                workers[0].running.kill(SIGKILL)
            }
            withExtendedLifetime(workers) {}
            #expect(wasBusy, "the worker never computed")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try scratch.bytes("shaken.png") == scratch.bytes("quiet.png"))
            retries = try Report(scratch("report.json")).jobs.retries
        }
        #expect(retries >= 1)
    }

    @Test(arguments: ["train", "segment"])
    func `a local worker killed in the middle is replaced and changes no byte`(command: String) async throws {
        let scratch = try Scratch()
        try await prepare(scratch)
        #expect(
            try await Program.coppice(arguments(command, scratch) + ["--output", scratch("quiet.png"), "--local", "1"]).status
                == 0)
        var killed = false
        let outcome = try await Program.coppice(
            arguments(command, scratch) + ["--output", scratch("shaken.png"), "--local", "2"]
        ) { running in
            while running.process.isRunning, !killed {
                // Busy children only: a worker that has used some processor time has a job.
                for child in Processes.children(of: running.identifier) where Processes.ticks(of: child) >= 3 {
                    killed = kill(child, SIGKILL) == 0
                    break
                }
                sched_yield()
            }
        }
        #expect(killed, "no worker was caught at work")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("shaken.png") == scratch.bytes("quiet.png"))
    }

    @Test(arguments: ["train", "segment"])
    func `when all workers die the command fails in time and leaves no output`(command: String) async throws {
        let scratch = try Scratch()
        try await prepare(scratch)
        let worker = try await HandStartedWorker.start()
        let before = scratch.names
        let outcome = try await Program.coppice(
            arguments(command, scratch) + ["--output", scratch("never.png"), "--workers", worker.url]
        ) { running in
            _ = try worker.waitUntilBusy(besides: running)
            worker.running.kill(SIGKILL)
        }
        #expect([69, 75].contains(outcome.status), "\(outcome.status): \(outcome.errors)")
        #expect(outcome.seconds < 60, "the limit of 30 s, and what a busy machine adds")
        #expect(scratch.names == before)
        #expect(outcome.errors.split(separator: "\n").last?.hasPrefix("coppice: ") == true, "\(outcome.errors)")
    }

    @Test func `no worker at all is said at once and named`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 64, pixelsPerClass: 50)
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--output", scratch("m.json"), "--workers",
            "http://127.0.0.1:1",
        ])
        #expect(outcome.status == 69, "\(outcome.status): \(outcome.errors)")
        #expect(outcome.errors.contains("127.0.0.1:1"), "\(outcome.errors)")
        #expect(!scratch.names.contains("m.json"))
    }

    @Test func `local workers end with a coordinator that is killed`() async throws {
        let scratch = try Scratch()
        try await prepare(scratch)
        var children: [Int32] = []
        let outcome = try await Program.coppice(
            arguments("train", scratch) + ["--output", scratch("never.png"), "--local", "2"]
        ) { running in
            while children.count < 2, running.process.isRunning {
                children = Processes.children(of: running.identifier)
                sched_yield()
            }
            running.kill(SIGKILL)
            // The workers notice that their parent is gone; the test would hang here if they did not.
            for child in children { while Processes.isWorker(child) { sched_yield() } }
        }
        #expect(outcome.status == 128 + SIGKILL)
        #expect(children.count == 2)
    }
}
