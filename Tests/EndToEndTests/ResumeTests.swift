import Foundation
import Testing

@testable import Coordinator

/// Promise 3 when the coordinator ends: the same command goes on, does nothing twice, and gives the same bytes.
@Suite struct ResumeTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 512, pixelsPerClass: 10_000)
        let outcome = try await Program.coppice(
            images + ["--trees", "30", "--max-samples", "5000", "--output", scratch("model.json"), "--local", "2", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private var images: [String] { ["train", scratch("image.png"), scratch("scribbles.png")] }

    /// The arguments of one command, without its output and workers.
    private func arguments(_ command: String) -> [String] {
        command == "train"
            ? images + ["--trees", "200"]
            : ["segment", scratch("image.png"), "--model", scratch("model.json"), "--tile", "16"]
    }

    /// The same, kept in `run`.
    private func kept(_ command: String, workers: Int = 2) -> [String] {
        arguments(command) + [
            "--output", scratch("shaken.png"), "--run-dir", scratch("run"), "--report", scratch("report.json"), "--quiet",
            "--local", "\(workers)",
        ]
    }

    /// Sends the signal once the phase of the command has begun to keep results.
    private func end(_ running: Running, with signal: Int32, in command: String) {
        while running.process.isRunning {
            let phase = (try? RunStatus(directory: scratch("run")))?.phases.first { $0.name.hasPrefix(command) }
            if let phase, phase.kept >= 2 {
                running.kill(signal)
                return
            }
            sched_yield()
        }
    }

    private func quiet(_ command: String) async throws -> Data {
        let outcome = try await Program.coppice(
            arguments(command) + ["--output", scratch("quiet.png"), "--local", "1", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try scratch.bytes("quiet.png")
    }

    /// Runs the command again with one worker, and compares what it does and gives with what is kept.
    private func goOn(_ command: String) async throws {
        let before = try RunStatus(directory: scratch("run"))
        #expect(before.kept >= 2)
        #expect(!scratch.names.contains("shaken.png"))
        let outcome = try await Program.coppice(kept(command, workers: 1) + ["--resume"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await scratch.bytes("shaken.png") == quiet(command))
        let after = try RunStatus(directory: scratch("run"))
        let jobs = try Report(scratch("report.json")).jobs
        #expect(after.state == .finished && after.epoch == 2)
        #expect(after.kept == after.jobs)
        #expect(jobs.restored == before.kept)
        #expect(jobs.done == after.kept - before.kept)
        // One worker of one slot, which holds one job more; a retry or copy may add that much.
        #expect(jobs.attempts <= jobs.done + 2)
    }

    @Test(arguments: ["train", "segment"])
    func `a coordinator that is killed goes on where it was and changes no byte`(command: String) async throws {
        let outcome = try await Program.coppice(kept(command)) { running in end(running, with: SIGKILL, in: command) }
        #expect(outcome.status == 128 + SIGKILL, "it ended before it was killed")
        #expect(try RunStatus(directory: scratch("run")).state == .dead)
        try await goOn(command)
    }

    @Test(arguments: [("train", SIGINT), ("segment", SIGTERM)])
    func `an interrupted command keeps what is done, says how to go on, and goes on`(command: String, signal: Int32) async throws
    {
        let outcome = try await Program.coppice(kept(command)) { running in end(running, with: signal, in: command) }
        #expect(outcome.status == 130, "\(outcome.errors)")
        let status = try RunStatus(directory: scratch("run"))
        #expect(status.state == .interrupted)
        #expect(
            outcome.errors.hasSuffix(
                "coppice: interrupted: \(status.kept) of \(status.jobs ?? 0) jobs are kept in \(scratch("run")); "
                    + "the same command continues\n"), "\(outcome.errors)")
        try await goOn(command)
    }

    @Test func `a signal is never lost, also right when the command begins to catch it`() async throws {
        for _ in 0..<5 {
            let outcome = try await Program.coppice(kept("train")) { running in
                while running.process.isRunning, !Processes.heeds(SIGINT, running.identifier) { sched_yield() }
                running.kill(SIGINT)
            }
            // By the command itself, or by the system.
            #expect(outcome.status == 130, "\(outcome.errors)")
        }
    }

    @Test func `a directory in use is refused with the process that uses it`() async throws {
        let outcome = try await Program.coppice(kept("segment")) { running in
            end(running, with: SIGSTOP, in: "segment")
            let second = try Program.start(kept("segment")).wait()
            #expect(second.status == 74)
            #expect(second.errors.contains("found process \(running.identifier) on "), "\(second.errors)")
            running.kill(SIGCONT)
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func `a finished run gives its outputs again without a job, and refuses other inputs by name`() async throws {
        #expect(try await Program.coppice(kept("segment")).status == 0)
        let first = try scratch.bytes("shaken.png")
        try FileManager.default.removeItem(atPath: scratch("shaken.png"))
        let again = try await Program.coppice(kept("segment").filter { $0 != "--quiet" })
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.errors.contains("is finished"), "\(again.errors)")
        #expect(try scratch.bytes("shaken.png") == first)
        #expect(try Report(scratch("report.json")).jobs.attempts == 0)
        let status = try await Program.coppice(["status", scratch("run")])
        #expect(status.output.contains("state    finished"), "\(status.output)")
        let document = try await Program.coppice(["status", scratch("run"), "--json"]).output
        #expect(try JSONDecoder().decode(RunStatus.self, from: Data(document.utf8)).epoch == 2)
        let runs = try await Program.coppice(["runs", scratch.folder.path])
        #expect(runs.output.split(separator: "\n").count == 1 && runs.output.contains(scratch("run")), "\(runs.output)")

        try DemoInputs.write(to: scratch, side: 512, seed: 9)
        let refused = try await Program.coppice(kept("segment"))
        #expect(refused.status == 65)
        #expect(refused.errors.contains("expected input \(scratch("image.png")) with sha256 "), "\(refused.errors)")
    }

    @Test func `tables and features are kept too`() async throws {
        let image = ["features", scratch("image.png"), "--sigma-max", "1", "--tile", "100", "--output", scratch("f.npy")]
        for run in 0..<2 {
            let outcome = try await Program.coppice(
                image + ["--run-dir", scratch("f"), "--report", scratch("report.json"), "--quiet"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try (Report(scratch("report.json")).jobs.attempts == 0) == (run == 1))
        }
        let plain = try await Program.coppice(image.map { $0 == scratch("f.npy") ? scratch("g.npy") : $0 } + ["--quiet"])
        #expect(plain.status == 0, "\(plain.errors)")
        #expect(try scratch.bytes("f.npy") == scratch.bytes("g.npy"))
    }

    @Test func `resuming needs a directory`() async throws {
        let outcome = try await Program.coppice(arguments("segment") + ["--output", scratch("x.png"), "--resume"])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--resume: expected --run-dir"), "\(outcome.errors)")
    }
}
