@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// Images in tiles: read by workers themselves or sent, from TIFF and to TIFF, all with the same pixels.
@Suite struct TiledImageTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 700)
        for (name, kind) in [("image", PixelKind.rgb8), ("scribbles", .grey8)] {
            let png = try ImageFile.readAll(path: scratch("\(name).png"))
            let labels = try? ImageFile.readAllLabels(path: scratch("\(name).png")).labels.map { UInt8($0) }
            let writer = try TIFFPyramidWriter(
                path: scratch("\(name).tif"), width: png.width, height: png.height, kind: kind, overviews: .topLeft)
            let whole = PixelRect(x: 0, y: 0, width: png.width, height: png.height)
            try (kind == .grey8 ? labels ?? [] : png.bytes).withUnsafeBytes { try writer.write(whole, from: $0) }
            try writer.finish()
        }
        for (image, scribbles, model) in [("image.png", "scribbles.png", "png"), ("image.tif", "scribbles.tif", "tif")] {
            try await run(["train", scratch(image), scratch(scribbles), "--trees", "12", "--output", scratch("\(model).json")])
        }
    }

    private func run(_ arguments: [String], _ way: [String] = ["--local", "2"]) async throws {
        let outcome = try await Program.coppice(arguments + way)
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }

    @Test func `TIFF and PNG of the same pixels give the same model and labels, by reference and sent`() async throws {
        #expect(try scratch.bytes("png.json") == scratch.bytes("tif.json"))
        let common = ["--model", scratch("png.json"), "--tile", "200", "--report", scratch("report.json")]
        try await run(["segment", scratch("image.png"), "--output", scratch("png.png")] + common)
        let sentBytes = try Report(scratch("report.json")).bytesSent
        try await run(
            ["segment", scratch("image.tif"), "--output", scratch("named.png"), "--overlay", scratch("named-o.png")] + common)
        let namedBytes = try Report(scratch("report.json")).bytesSent
        let worker = try await HandStartedWorker.start()
        try await run(
            ["segment", scratch("image.tif"), "--output", scratch("sent.png"), "--overlay", scratch("sent-o.png")] + common,
            ["--workers", worker.url])
        #expect(try scratch.bytes("png.png") == scratch.bytes("named.png"))
        #expect(try scratch.bytes("png.png") == scratch.bytes("sent.png"))
        #expect(try scratch.bytes("named-o.png") == scratch.bytes("sent-o.png"))
        #expect(namedBytes < sentBytes / 2, "\(namedBytes) bytes with names, \(sentBytes) with pixels")
    }

    @Test func `maps written as TIFF hold the pixels of those written as PNG`() async throws {
        for ending in ["png", "tif"] {
            try await run([
                "segment", scratch("image.tif"), "--model", scratch("tif.json"), "--output", scratch("l.\(ending)"),
                "--uncertainty", scratch("u.\(ending)"), "--probabilities", scratch("p.\(ending)"), "--overlay",
                scratch("o.\(ending)"),
            ])
        }
        #expect(try ImageFile.readAllLabels(path: scratch("l.tif")) == ImageFile.readAllLabels(path: scratch("l.png")))
        for name in ["u", "o", "p-class 1", "p-class 2", "p-class 3"] {
            let same = try ImageFile.readAll(path: scratch("\(name).tif")) == ImageFile.readAll(path: scratch("\(name).png"))
            #expect(same, "\(name)")
        }
    }

    @Test func `info tells how an image is stored and cut`() async throws {
        let outcome = try await Program.coppice(["info", scratch("image.tif")])
        #expect(outcome.output.contains("700×700 pixels, 3 channels, uint8"))
        #expect(outcome.output.contains("tiles of 512×512 pixels"))
        #expect(try await Program.coppice(["info", scratch("image.png")]).output.contains("rows, decoded from the top"))
    }
}
