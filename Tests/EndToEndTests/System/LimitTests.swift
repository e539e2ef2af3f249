@testable import Formats
import Foundation
import Testing

/// Limits of the system: named in one line, with what the shell calls them.
@Suite struct LimitTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 300)
        let made = try await Shell.run(
            "\"$1\" train image.png scribbles.png --trees 2 --local 1 --quiet --output m.json", in: scratch)
        #expect(made.status == 0, "\(made.errors)")
    }

    private static let maps = ["l.png", "l.tif", "l.zarr"].map { "segment image.png --model m.json --output \($0)" }

    @Test(
        arguments: [
            "train image.png scribbles.png --trees 40 --output big.json",
            "train image.png scribbles.png --trees 2 --output n.json --report r.json",
            "train image.png scribbles.png --trees 2 --output n.json --run-dir run", "features image.png --output f.npy",
            "segment image.png --model m.json --output l.png --probabilities p.npy",
        ] + maps)
    func `a limit of the size of files is named, and leaves no output`(command: String) async throws {
        let before = scratch.names
        let outcome = try await Shell.run("ulimit -f 1 && \"$1\" \(command) --local 1 --quiet", in: scratch)
        #expect(outcome.status == 74, "\(outcome.status): \(outcome.errors)")
        // One line for each file, none of which can be written.
        #expect(outcome.errors.split(separator: "\n").count == (command.contains("--report") ? 2 : 1), "\(outcome.errors)")
        #expect(
            outcome.errors.hasSuffix("(this process may write files of up to 1024 bytes: ulimit -f)\n"), "\(outcome.errors)")
        #expect(scratch.names.filter { $0 != "run" && $0 != "n.json" } == before)
    }

    @Test func `a limit of memory is named`() async throws {
        let limit = "expected at least 192 MiB of memory, found a limit: this process may use 175 MiB of memory: ulimit -v\n"
        let outcome = try await Shell.run(
            "ulimit -v 180000 && \"$1\" train image.png scribbles.png --trees 2 --local 1 --output n.json", in: scratch)
        #expect(outcome.status == 69 && outcome.errors == "coppice: \(limit)", "\(outcome.status): \(outcome.errors)")
        let worker = try await Shell.run("ulimit -v 180000 && \"$2\"", in: scratch)
        #expect(worker.status == 69 && worker.errors == "coppice-worker: \(limit)", "\(worker.status): \(worker.errors)")
    }

    @Test func `a crash under a limit of memory names it in its last line`() async throws {
        let limit = "out of memory, or a fault: this process may use 3906 MiB of memory: ulimit -v\n"
        let worker = try Shell.start("ulimit -v 4000000 && exec \"$2\" --log-level critical", in: scratch)
        #expect(await worker.says("}\n"))
        worker.kill(SIGSEGV)
        let ended = await worker.ended()
        #expect(ended.status == 74 && ended.errors == "coppice-worker: \(limit)", "\(ended.status): \(ended.errors)")
        let command = try Shell.start("ulimit -v 4000000 && exec \"$1\" demo d --size 2048 --local 1", in: scratch)
        #expect(await command.says("Making an image"))
        command.kill(SIGABRT)
        let outcome = await command.ended()
        #expect(outcome.status == 74 && outcome.errors.hasSuffix("coppice: \(limit)"), "\(outcome.status): \(outcome.errors)")
    }

    @Test func `a limit of open files is named`() async throws {
        for count in [10, 20, 63] {
            let outcome = try await Shell.run(
                "ulimit -n \(count) && \"$1\" train image.png scribbles.png --trees 2 --local 2 --output n.json", in: scratch)
            #expect(outcome.status == 69, "\(outcome.status): \(outcome.errors)")
            #expect(
                outcome.errors.split(separator: "\n").last?.contains("this process may have \(count) files open: ulimit -n")
                    == true,
                "\(outcome.errors)")
        }
    }

    @Test func `cores that a batch system grants decide how many workers and slots there are`() async throws {
        let outcome = try await Program.coppice(
            [
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--output", scratch("n.json"),
                "--report", scratch("r.json"),
            ],
            environment: ["SLURM_CPUS_PER_TASK": "1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Report(scratch("r.json")).workers.count == 1)
        let worker = try Running(Program.worker, [], environment: ["SLURM_CPUS_ON_NODE": "1", "SLURM_MEM_PER_NODE": "100"])
        #expect(await worker.says("}\n"))
        struct Hello: Decodable { var url: String }
        let url = try JSONDecoder().decode(Hello.self, from: Data(worker.outputSoFar.utf8)).url
        let description = try PlainHTTP.get("\(url)/v1/worker")
        #expect(description.contains("\"slots\":1,") || description.contains("\"slots\":1}"), "\(description)")
        #expect(description.contains("\"memory\":\(50 << 20)"), "\(description)")
        worker.kill()
        _ = await worker.ended()
    }

    @Test func `an error names its file once, page and all`() async throws {
        var images = (0..<3).map { HandmadeTIFF.Image(32, 32, samplesPerPixel: 3, seed: $0) }
        images[2].bytes = Array(images[2].bytes.dropLast(images[2].bytes.count / 2))
        try Data(HandmadeTIFF.file(images)).write(to: URL(fileURLWithPath: scratch("mixed.tif")))
        let outcome = try await Shell.run(
            "\"$1\" segment mixed.tif --all-pages --model m.json --output out/ --local 1 --quiet", in: scratch)
        #expect(outcome.status == 75, "\(outcome.status): \(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("note: ") }
        #expect(!lines.isEmpty)
        for line in lines {
            #expect(line.ranges(of: "mixed.tif").count == 1 && line.ranges(of: "page 2").count == 1, "\(line)")
        }
    }
}
