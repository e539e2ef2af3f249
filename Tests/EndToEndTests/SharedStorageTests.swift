@testable import Formats
import Foundation
internal import Imaging
import Testing

/// Workers elsewhere, of which some read the images themselves.
struct SharedStorageTests {
    private let scratch: Scratch

    /// An image in tiles, a model, and the labels that local workers give.
    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 320, pixelsPerClass: 300)
        try FileManager.default.createDirectory(atPath: scratch("lab"), withIntermediateDirectories: false)
        let pixels = try ImageFile.readAll(path: scratch("image.png"))
        var image = HandmadeTIFF.Image(320, 320, samplesPerPixel: 3, seed: 0)
        image.bytes = pixels.bytes
        image.tileSide = 64
        try Data(HandmadeTIFF.file([image])).write(to: URL(fileURLWithPath: scratch("lab/image.tif")))
        try ZarrCopy.write(scratch("image.png"), to: scratch("lab/image.zarr"))
        for arguments in [
            ["train", scratch("lab/image.tif"), scratch("scribbles.png"), "--trees", "10", "--output", scratch("m.json")],
            ["segment", scratch("lab/image.tif"), "--model", scratch("m.json"), "--output", scratch("local.png")],
        ] {
            let outcome = try await Program.coppice(arguments + ["--local", "2", "--quiet"])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    /// A folder with a copy of the image, changed or not, of the same age.
    private func copy(into folder: String, changed: Bool) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: scratch(folder), withIntermediateDirectories: false)
        let place = scratch("\(folder)/image.tif")
        var bytes = try scratch.bytes("lab/image.tif")
        if changed { for index in bytes.indices.dropFirst(100).dropLast(2000) { bytes[index] ^= 1 } }
        try bytes.write(to: URL(fileURLWithPath: place))
        // To the nanosecond.
        let touch = try Process.run(
            URL(fileURLWithPath: "/usr/bin/touch"), arguments: ["--reference", scratch("lab/image.tif"), place])
        touch.waitUntilExit()
        #expect(touch.terminationStatus == 0)
    }

    private func segment(_ workers: [HandStartedWorker], _ image: String = "lab/image.tif") async throws -> Report {
        let outcome = try await Program.coppice([
            "segment", scratch(image), "--model", scratch("m.json"), "--output", scratch("l.png"), "--tile", "40", "--workers",
            workers.map(\.url).joined(separator: ","), "--report", scratch("r.json"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("l.png") == scratch.bytes("local.png"))
        return try Report(scratch("r.json"))
    }

    @Test func `workers that see the image read it, the others get pixels`() async throws {
        try copy(into: "mount", changed: false)
        try copy(into: "wrong", changed: true)
        let same = try await HandStartedWorker.start(arguments: ["--data-root", scratch("lab")])
        let elsewhere = try await HandStartedWorker.start(arguments: ["--data-root", scratch("mount")])
        let wrong = try await HandStartedWorker.start(arguments: ["--data-root", scratch("wrong")])
        let without = try await HandStartedWorker.start()
        for (workers, isNamed, isSent) in [
            ([same], true, false), ([elsewhere], true, false), ([wrong], false, true), ([without], false, true),
            ([same, elsewhere, wrong, without], true, true),
        ] {
            let report = try await segment(workers)
            #expect(report.jobs.done == 64 && report.jobs.retries == 0)
            #expect(((report.windows?.byReference ?? 0) > 0) == isNamed, "\(String(describing: report.windows))")
            #expect(((report.windows?.inline ?? 0) > 0) == isSent, "\(String(describing: report.windows))")
            // Pixels of a tile with its halo are a hundred kilobytes.
            if !isSent { #expect(report.bytesSent < 64 * 5000) }
        }
    }

    @Test func `folders of OME-Zarr are seen, too, and training reads what it sees`() async throws {
        let worker = try await HandStartedWorker.start(arguments: ["--data-root", scratch("lab")])
        let report = try await segment([worker], "lab/image.zarr")
        #expect(report.windows?.inline == 0)
        let train = try await Program.coppice([
            "train", scratch("lab/image.zarr"), scratch("scribbles.png"), "--trees", "10", "--output", scratch("remote.json"),
            "--workers", worker.url, "--report", scratch("t.json"), "--quiet",
        ])
        #expect(train.status == 0, "\(train.errors)")
        #expect(try scratch.bytes("remote.json") == scratch.bytes("m.json"))
        let windows = try Report(scratch("t.json")).windows
        #expect(windows?.inline == 0 && (windows?.byReference ?? 0) > 0)
    }
}
