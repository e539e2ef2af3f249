internal import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
import Testing

@testable import Coordinator

/// Maps whose chunks workers write themselves, on storage that they share with the coordinator.
struct SharedOutputTests {
    private let scratch: Scratch
    private static let maps = ["labels", "probabilities", "uncertainty"]

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 1300, pixelsPerClass: 500)
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("m.json"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// The command that writes all maps into a folder.
    private func command(into folder: String, _ more: [String]) -> [String] {
        [
            "segment", scratch("image.png"), "--model", scratch("m.json"), "--output", scratch("\(folder)/labels.zarr"),
            "--probabilities", scratch("\(folder)/probabilities.zarr"), "--uncertainty", scratch("\(folder)/uncertainty.zarr"),
            "--report", scratch("r.json"), "--quiet",
        ] + more
    }

    private func segment(into folder: String, _ more: [String]) async throws -> Report {
        let outcome = try await Program.coppice(command(into: folder, more))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Report(scratch("r.json"))
    }

    private func expectSameMaps(_ folder: String, _ other: String) throws {
        for map in Self.maps {
            #expect(
                try ContentHash(ofOutput: scratch("\(folder)/\(map).zarr"))
                    == ContentHash(ofOutput: scratch("\(other)/\(map).zarr")),
                "\(folder)/\(map)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch(folder)).count == Self.maps.count)
    }

    @Test func `workers that may write do, the others send, and the maps are the same`() async throws {
        _ = try await segment(into: "local", ["--local", "2"])
        let writing = try await HandStartedWorker.start(arguments: ["--output-root", scratch.folder.path])
        let sending = try await HandStartedWorker.start()
        let elsewhere = try await HandStartedWorker.start(arguments: [
            "--output-root", FileManager.default.temporaryDirectory.path + "/.",
        ])
        try FileManager.default.createDirectory(atPath: scratch("empty"), withIntermediateDirectories: false)
        let blind = try await HandStartedWorker.start(arguments: ["--output-root", scratch("empty")])
        for (name, workers, tile, isWritten, isSent) in [
            ("whole", [writing], "1024", true, false), ("parts", [writing, elsewhere], "512", true, false),
            ("mixed", [writing, sending, blind], "512", true, true), ("sent", [sending, blind], "1024", false, true),
            ("odd", [writing], "300", false, true),
        ] {
            let report = try await segment(into: name, ["--tile", tile, "--workers", workers.map(\.url).joined(separator: ",")])
            try expectSameMaps(name, "local")
            #expect(report.jobs.retries == 0)
            let found = try #require(report.maps)
            #expect(found.writtenByWorkers > 0 || !isWritten, "\(name): \(found)")
            #expect(found.sent > 0 || !isSent, "\(name): \(found)")
            // Nothing of the maps passes through the coordinator: what comes back is less than a map of labels would be.
            if !isSent {
                #expect(found.sent == 0)
                #expect(report.bytesReceived < 100_000, "\(report.bytesReceived)")
            }
        }
    }

    @Test func `a run that was killed goes on with the chunks that are there, and does those again that are damaged`()
        async throws
    {
        let worker = try await HandStartedWorker.start(arguments: ["--output-root", scratch.folder.path])
        let kept = ["--tile", "512", "--workers", worker.url, "--run-dir", scratch("run")]
        _ = try await Program.coppice(command(into: "kept", kept)) { [scratch] running in
            while running.process.isRunning {
                if (try? RunStatus(directory: scratch("run")))?.kept ?? 0 >= 3 {
                    running.kill(SIGKILL)
                    break
                }
                sched_yield()
            }
        }
        let before = try RunStatus(directory: scratch("run")).kept
        let partial = scratch("kept/.labels.zarr.partial")
        let key = try #require(try FileManager.default.contentsOfDirectory(atPath: partial).first)
        // One chunk of a tile that is kept has other bytes of the same number.
        let chunk = "\(partial)/\(key)/0/0/0"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: chunk))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: chunk))
        let report = try await segment(into: "kept", kept)
        #expect(report.jobs.restored == before - 1 && report.jobs.done == 9 - before + 1, "\(report.jobs), \(before) kept")
        _ = try await segment(into: "local", ["--local", "2"])
        try expectSameMaps("kept", "local")
    }

    @Test func `a worker that cannot write any more sends`() async throws {
        _ = try await segment(into: "local", ["--local", "2"])
        let worker = try await HandStartedWorker.start(arguments: ["--output-root", scratch.folder.path])
        // Root may write anywhere: a file in the place of a folder stops it as well.
        let folder = try PendingFolder(path: scratch("blocked.zarr"))
        var destination = MapDestination(
            folders: [folder.temporaryPath], width: 64, height: 64, tileSide: 512,
            tile: PixelRect(x: 0, y: 0, width: 64, height: 64), labels: [1, 2], isStack: false)
        let writer = try #require(destination.writer)
        #expect(throws: ImageError.self) {
            try writer.write(
                [UInt8](repeating: 1, count: 4096), .grey8, overviews: .topLeft, into: folder.temporaryPath)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch(".blocked.zarr.partial")).count == 1)
        destination.tile = PixelRect(x: 1, y: 0, width: 63, height: 64)
        #expect(destination.writer == nil)
        let report = try await segment(into: "one", ["--tile", "1024", "--workers", worker.url, "--verify", "0.5"])
        #expect(report.maps == nil)
        try expectSameMaps("one", "local")
    }
}
