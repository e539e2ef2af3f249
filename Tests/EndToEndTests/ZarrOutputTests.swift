@testable import Formats
import Foundation
internal import Imaging
@testable import Primitives
import Testing

/// Labels as OME-Zarr: the values of the PNG, in a folder that appears when it is complete.
@Suite struct ZarrOutputTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        let train = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("model.json"),
        ])
        #expect(train.status == 0, "\(train.errors)")
    }

    private func segment(_ output: String, _ more: [String] = []) async throws -> Program.Outcome {
        try await Program.coppice(
            ["segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch(output), "--local", "2"]
                + more)
    }

    @Test func `the labels are those of the PNG for every tile size, and are replaced by the next run`() async throws {
        #expect(try await segment("labels.png").status == 0)
        var hashes: Set<ContentHash> = []
        for tile in ["50", "64", "300"] {
            let outcome = try await segment("labels.zarr", ["--tile", tile, "--report", scratch("report.json")])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("labels.zarr"))
            hashes.insert(try ContentHash(ofOutput: scratch("labels.zarr")))
        }
        #expect(hashes.count == 1)
        let report = String(decoding: try scratch.bytes("report.json"), as: UTF8.self)
        let hash = try #require(hashes.first)
        #expect(report.contains(hash.hex))
        let written = try ImageFile.readAllLabels(path: scratch("labels.zarr"))
        #expect(try written == ImageFile.readAllLabels(path: scratch("labels.png")))
        #expect(!scratch.names.contains { $0.hasPrefix(".") }, "\(scratch.names)")
    }

    @Test func `probabilities and uncertainty are those of the PNGs, one channel a class`() async throws {
        let maps = ["--probabilities", scratch("p.zarr"), "--uncertainty", scratch("u.zarr")]
        for tile in ["50", "300", "300"] {
            let outcome = try await segment("labels.zarr", maps + ["--tile", tile])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let images = try await segment(
            "labels.png", ["--probabilities", scratch("{class}.png"), "--uncertainty", scratch("u.png")])
        #expect(images.status == 0, "\(images.errors)")
        #expect(try ImageFile.readAll(path: scratch("u.zarr")) == ImageFile.readAll(path: scratch("u.png")))
        let names = try ImageFile.contents(path: scratch("p.zarr")).channelNames
        let whole = try ImageFile.readAll(path: scratch("p.zarr"))
        #expect(names.count >= 2 && whole.channels == names.count)
        for (channel, name) in names.enumerated() {
            let one = try ImageFile.readAll(path: scratch("\(name).png"))
            let found = (0..<whole.width * whole.height).map { whole.value(at: $0 * names.count + channel) }
            #expect(found == (0..<found.count).map(one.value), "\(name)")
        }
        #expect(!scratch.names.contains { $0.hasPrefix(".") }, "\(scratch.names)")
    }

    @Test func `what coppice has not written is left alone`() async throws {
        try ZarrCopy.write(scratch("image.png"), to: scratch("scan.zarr"))
        let before = try ContentHash(ofInput: scratch("scan.zarr"))
        let outcome = try await segment("scan.zarr")
        #expect(outcome.status == 74, "\(outcome.errors)")
        #expect(outcome.errors.contains("scan.zarr: expected a free name"), "\(outcome.errors)")
        #expect(try ContentHash(ofInput: scratch("scan.zarr")) == before)
    }

    @Test func `a run that fails leaves nothing, and what a killed one left is taken over`() async throws {
        let partial = scratch(".labels.zarr.partial")
        try FileManager.default.createDirectory(atPath: "\(partial)/0/7", withIntermediateDirectories: true)
        try Data("old".utf8).write(to: URL(fileURLWithPath: "\(partial)/0/7/7"))
        let image = try scratch.bytes("image.png")
        try image.prefix(image.count / 2).write(to: URL(fileURLWithPath: scratch("image.png")))
        #expect(try await segment("labels.zarr").status == 65)
        #expect(!scratch.names.contains { $0.contains("zarr") }, "\(scratch.names)")
        try FileManager.default.createDirectory(atPath: "\(partial)/0/7", withIntermediateDirectories: true)
        try image.write(to: URL(fileURLWithPath: scratch("image.png")))
        #expect(try await segment("labels.zarr").status == 0)
        #expect(!FileManager.default.fileExists(atPath: scratch("labels.zarr/0/7")))
        #expect(scratch.names.filter { $0.contains("zarr") } == ["labels.zarr"])
    }
}
