import Foundation
import Testing

/// A signal that is ignored when a program starts stays ignored, as `nohup` and shells rely on.
@Suite struct SignalTests {
    @Test(arguments: ["HUP", "INT", "TERM"]) func `a command that is told to ignore a signal runs to its end, with its workers`(
        name: String
    ) async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 300)
        let numbers: [String: Int32] = ["HUP": SIGHUP, "INT": SIGINT, "TERM": SIGTERM]
        let number = numbers[name] ?? 0
        let train = "train image.png scribbles.png --trees 40 --local 2 --quiet --output m.json"
        let running = try Shell.start("trap '' \(name) && exec \"$1\" \(train)", in: scratch)
        var signalled: Set<Int32> = []
        await onThread {
            while running.process.isRunning {
                for process in Processes.children(of: running.identifier) {
                    kill(process, number)
                    signalled.insert(process)
                }
                // Before it is coppice, it is a shell that may not have come to its trap yet.
                if !signalled.isEmpty { running.kill(number) }
                sched_yield()
            }
        }
        let outcome = await running.ended()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.status): \(outcome.errors)")
        #expect(signalled.count == 2, "workers were started again")
        #expect(scratch.names.contains("m.json"))
    }

    @Test func `a worker that is told to ignore signals goes on`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        let worker = try Shell.start("trap '' HUP INT TERM && exec \"$2\" --slots 1", in: scratch)
        #expect(await worker.says("}\n"))
        for signal in [SIGHUP, SIGINT, SIGTERM] { worker.kill(signal) }
        struct Hello: Decodable { var url: String }
        let url = try JSONDecoder().decode(Hello.self, from: Data(worker.outputSoFar.utf8)).url
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--workers", url, "--output",
            scratch("m.json"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try PlainHTTP.get("\(url)/v1/worker").contains("\"draining\":false"))
        worker.kill()
        #expect(await worker.ended().status == 128 + SIGKILL)
    }

    @Test func `a worker that ignores one signal heeds the other`() async throws {
        let scratch = try Scratch()
        let worker = try Shell.start("trap '' INT && exec \"$2\" --slots 1", in: scratch)
        #expect(await worker.says("}\n"))
        worker.kill(SIGINT)
        worker.kill(SIGTERM)
        #expect(await worker.ended().status == 0)
    }
}
