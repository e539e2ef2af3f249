internal import Formats
import Foundation
@testable import Primitives
import Testing

/// Images that are folders go the same way as files.
@Suite struct ZarrInputTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        try ZarrCopy.write(scratch("image.png"), to: scratch("image.ome.zarr"))
        try ZarrCopy.writeLabels(scratch("scribbles.png"), to: scratch("scribbles.zarr"), chunkSide: 77)
    }

    @Test func `an OME-Zarr image gives the model, the labels and the overlay of the same image as a PNG`() async throws {
        for (image, labels, name) in [("image.png", "scribbles.png", "png"), ("image.ome.zarr", "scribbles.zarr/", "zarr")] {
            let train = try await Program.coppice([
                "train", scratch(image), scratch("\(labels)"), "--trees", "10", "--output", scratch("\(name).json"), "--local",
                "2",
            ])
            #expect(train.status == 0, "\(train.errors)")
            let segment = try await Program.coppice([
                "segment", scratch(image) + "/".prefix(name == "zarr" ? 1 : 0), "--model", scratch("png.json"),
                "--tile", name == "zarr" ? "61" : "256", "--output", scratch("\(name)/{name}.png"),
                "--overlay", scratch("\(name)-overlay.png"), "--local", "2", "--report", scratch("\(name)-report.json"),
            ])
            #expect(segment.status == 0, "\(segment.errors)")
        }
        #expect(try scratch.bytes("zarr.json") == scratch.bytes("png.json"))
        #expect(try scratch.bytes("zarr/image.ome.png") == scratch.bytes("png/image.png"))
        #expect(try scratch.bytes("zarr-overlay.png") == scratch.bytes("png-overlay.png"))
        let report = String(decoding: try scratch.bytes("zarr-report.json"), as: UTF8.self)
        #expect(report.contains(try ContentHash(ofInput: scratch("image.ome.zarr")).hex))
    }

    @Test func `labels are compared whatever they are stored as`() async throws {
        let outcome = try await Program.coppice(["evaluate", scratch("scribbles.zarr"), scratch("scribbles.png"), "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("\"accuracy\" : 1") || outcome.output.contains("\"accuracy\":1"), "\(outcome.output)")
    }

    @Test func `a run goes on only with the folder that it began with`() async throws {
        let arguments = [
            "features", scratch("image.ome.zarr"), "--features", "intensity", "--sigma-max", "1", "--output", scratch("f.npy"),
            "--local", "1", "--run-dir", scratch("run"),
        ]
        #expect(try await Program.coppice(arguments).status == 0)
        #expect(try await Program.coppice(arguments + ["--resume"]).status == 0)
        let chunk = URL(fileURLWithPath: scratch("image.ome.zarr/0/0.1.1"))
        try Data(try Data(contentsOf: chunk).reversed()).write(to: chunk)
        let changed = try await Program.coppice(arguments + ["--resume"])
        #expect(changed.status == 65, "\(changed.errors)")
        #expect(changed.errors.contains("image.ome.zarr with sha256"), "\(changed.errors)")
    }

    @Test func `local workers read chunks themselves, with the same labels`() async throws {
        let image = scratch("image.ome.zarr")
        let train = try await Program.coppice([
            "train", image, scratch("scribbles.png"), "--trees", "4", "--output", scratch("m.json"), "--local", "2", "--quiet",
        ])
        #expect(train.status == 0, "\(train.errors)")
        let command = [
            "segment", image, "--model", scratch("m.json"), "--tile", "90", "--quiet", "--report", scratch("r.json"), "--output",
        ]
        #expect(try await Program.coppice(command + [scratch("named.png"), "--local", "2"]).status == 0)
        let namedBytes = try Report(scratch("r.json")).bytesSent
        let worker = try await HandStartedWorker.start()
        #expect(try await Program.coppice(command + [scratch("sent.png"), "--workers", worker.url]).status == 0)
        #expect(try scratch.bytes("named.png") == scratch.bytes("sent.png"))
        #expect(namedBytes < (try Report(scratch("r.json")).bytesSent) / 2)
    }

    @Test func `images and labels in a ZIP archive give the model and labels of their folders`() async throws {
        for name in ["image.ome.zarr", "scribbles.zarr"] {
            let folder = URL(fileURLWithPath: scratch(name))
            let files = try #require(FileManager.default.subpaths(atPath: folder.path)).sorted()
            let values = try files.compactMap { file -> (key: String, bytes: [UInt8])? in
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: "\(folder.path)/\(file)", isDirectory: &isFolder)
                return isFolder.boolValue ? nil : (file, [UInt8](try Data(contentsOf: folder.appendingPathComponent(file))))
            }
            let zip = HandmadeZip(values, isDeflated: true, in: "\(name)/")
            try Data(try zip.bytes).write(to: URL(fileURLWithPath: scratch("\(name).zip")))
        }
        for (image, labels, name) in [
            ("image.ome.zarr", "scribbles.zarr", "folder"), ("image.ome.zarr.zip", "scribbles.zarr.zip", "zip"),
        ] {
            let train = try await Program.coppice([
                "train", scratch(image), scratch(labels), "--trees", "4", "--output", scratch("\(name).json"), "--local", "2",
            ])
            #expect(train.status == 0, "\(train.errors)")
            let segment = try await Program.coppice([
                "segment", scratch(image), "--model", scratch("\(name).json"), "--tile", "90", "--output", scratch("\(name).png"),
                "--local", "2", "--report", scratch("\(name)-report.json"),
            ])
            #expect(segment.status == 0, "\(segment.errors)")
        }
        #expect(try scratch.bytes("zip.json") == scratch.bytes("folder.json"))
        #expect(try scratch.bytes("zip.png") == scratch.bytes("folder.png"))
        // Jobs name the archive as they name the folder; pixels would be many times as much.
        let (zipped, plain) = (
            try Report(scratch("zip-report.json")).bytesSent, try Report(scratch("folder-report.json")).bytesSent
        )
        #expect(zipped < 2 * plain)
        let info = try await Program.coppice(["info", scratch("image.ome.zarr.zip")])
        #expect(info.status == 0, "\(info.errors)")
        #expect(info.output.contains("3 channels, uint8"), "\(info.output)")
    }

    @Test func `a folder that is no image, a damaged chunk and an output in the input end in one line`() async throws {
        let image = scratch("image.ome.zarr")
        #expect(
            try await Program.coppice(["train", image, scratch("scribbles.png"), "--trees", "2", "--output", scratch("m.json")])
                .status
                == 0)
        func answer(_ arguments: [String], _ status: Int32, _ words: [String]) async throws {
            let outcome = try await Program.coppice(arguments)
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
            for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
        }
        let segment = ["segment", "--model", scratch("m.json"), "--local", "1", "--quiet", "--output"]
        try FileManager.default.createDirectory(atPath: scratch("photos"), withIntermediateDirectories: true)
        try await answer(
            segment + [scratch("l.png"), scratch("photos")], 65, ["photos: expected images", "found none among 0 files"])
        try await answer(segment + ["\(image)/l.png", image], 64, ["--output", "outside of the input"])
        try await answer(segment + ["\(image)/new/deep/l.png", "\(image)/"], 64, ["--output", "outside of the input"])
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(image)/0/0.2.2"))
        try await answer(segment + [scratch("l.png"), image], 65, [": tile ", "expected 16384 bytes, found 3"])
        #expect(!scratch.names.contains("l.png"))
        try await answer(["info", "\(image)/0"], 65, ["a Zarr array without OME metadata"])
    }
}
