@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

@testable import Coordinator

/// Maps lie where their images lie, whatever the formats of both.
struct PlaceTests {
    private let scratch: Scratch
    private let geo = GeoReference(
        pixelScale: [0.5, 0.5, 0], tiepoints: [0, 0, 0, 500_000, 4_600_000, 0],
        keys: [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32631])

    /// A georeferenced image with a level, a microscope's image of the same pixels, and a model.
    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 160, pixelsPerClass: 300)
        let pixels = try ImageFile.readAll(path: scratch("image.png"))
        func image(_ fields: [HandmadeTIFF.Field]) -> HandmadeTIFF.Image {
            var image = HandmadeTIFF.Image(160, 160, samplesPerPixel: 3, seed: 0)
            image.bytes = pixels.bytes
            image.fields = fields
            image.below = [HandmadeTIFF.Image(80, 80, samplesPerPixel: 3, seed: 1, subfileType: 1)]
            return image
        }
        let onEarth: [HandmadeTIFF.Field] = [
            .doubles(33550, geo.pixelScale), .doubles(33922, geo.tiepoints), .shorts(34735, geo.keys.map(Int.init)),
        ]
        let microscope: [HandmadeTIFF.Field] = [.fraction(282, 40_000, 1), .fraction(283, 20_000, 1), .shorts(296, [3])]
        for (name, fields) in [("geo.tif", onEarth), ("micro.tif", microscope)] {
            try Data(HandmadeTIFF.file([image(fields)])).write(to: URL(fileURLWithPath: scratch(name)))
        }
        let train = try await coppice(
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("m.json"))
        #expect(train.status == 0, "\(train.errors)")
    }

    private func coppice(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.coppice(arguments + ["--local", "2", "--quiet"])
    }

    private func segment(_ image: String, _ output: String, _ more: String...) async throws {
        let outcome = try await Program.coppice(
            ["segment", scratch(image), "--model", scratch("m.json"), "--output", scratch(output), "--local", "2", "--quiet"]
                + more)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func `all maps of a GeoTIFF have its place, and those of its level the level's`() async throws {
        try await segment(
            "geo.tif", "l.tif", "--probabilities", scratch("p-{class}.tif"), "--uncertainty", scratch("u.tif"), "--overlay",
            scratch("o.tif"))
        let files = scratch.names.filter { $0.hasSuffix(".tif") && !["geo.tif", "micro.tif"].contains($0) }
        #expect(files.count >= 5)
        for file in files { #expect(ImageFile.metadata(path: scratch(file)).geo == geo, "\(file)") }
        try await segment("geo.tif", "small.tif", "--level", "1")
        #expect(ImageFile.metadata(path: scratch("small.tif")).geo == geo.seen(through: .scaling(x: 2, y: 2)))
        // A map has the same bytes for every size of tiles.
        try await segment("geo.tif", "tiles.tif", "--tile", "50")
        #expect(try scratch.bytes("tiles.tif") == scratch.bytes("l.tif"))
    }

    @Test func `the way over OME-Zarr leads to the same place`() async throws {
        try await segment("geo.tif", "l.zarr", "--probabilities", scratch("p.zarr"))
        for map in ["l.zarr", "p.zarr"] {
            let found = ImageFile.metadata(path: scratch(map))
            #expect(found.geo == geo, "\(map)")
            #expect(found.x == AxisSampling(step: 0.5, origin: 500_000.25, unit: "m"), "\(map)")
            #expect(found.y == AxisSampling(step: -0.5, origin: 4_599_999.75, unit: "m"), "\(map)")
        }
        let train = try await coppice(
            "train", scratch("p.zarr"), scratch("scribbles.png"), "--trees", "3", "--sigma-max", "1", "--output",
            scratch("again.json"))
        #expect(train.status == 0, "\(train.errors)")
        let back = try await coppice(
            "segment", scratch("p.zarr"), "--model", scratch("again.json"), "--output", scratch("back.tif"))
        #expect(back.status == 0, "\(back.errors)")
        #expect(ImageFile.metadata(path: scratch("back.tif")).geo == geo)
    }

    @Test func `the size of a microscope's pixels goes into every format that holds it`() async throws {
        for output in ["l.tif", "l.ome.tif", "l.zarr", "l.png"] {
            try await segment("micro.tif", output)
            let found = ImageFile.metadata(path: scratch(output))
            #expect(
                found.x == AxisSampling(step: 0.25, unit: "µm") && found.y == AxisSampling(step: 0.5, unit: "µm"), "\(output)")
        }
        try await segment("micro.tif", "small.zarr", "--microns-per-pixel", "0.5")
        // The pixel's middle is an eighth of a micrometre further on than that of the first pixel of full resolution.
        #expect(ImageFile.metadata(path: scratch("small.zarr")).x == AxisSampling(step: 0.5, origin: 0.125, unit: "µm"))
    }

    @Test func `an image that says nothing gives maps that say nothing`() async throws {
        for output in ["l.tif", "l.ome.tif", "l.zarr", "l.png"] {
            try await segment("image.png", output)
            #expect(ImageFile.metadata(path: scratch(output)) == .none, "\(output)")
        }
        #expect(try scratch.bytes("l.tif") == scratch.bytes("l.ome.tif"))
    }

    @Test func `info says where an image lies`() async throws {
        let onEarth = try await Program.coppice(["info", scratch("geo.tif")])
        for line in ["pixels of 0.5 × 0.5 m", "first pixel at x 500000.25 m, y 4599999.75 m", "georeferenced in EPSG:32631"] {
            #expect(onEarth.output.split(separator: "\n").contains(Substring(line)), "\(onEarth.output)")
        }
        let level = try await Program.coppice(["info", scratch("micro.tif"), "--level", "1"])
        #expect(level.output.contains("\npixels of 0.5 × 1 µm\nfirst pixel at x 0.125 µm, y 0.25 µm\n"), "\(level.output)")
        let nothing = try await Program.coppice(["info", scratch("image.png")])
        #expect(!nothing.output.contains("pixels of 0") && !nothing.output.contains("georeferenced"), "\(nothing.output)")
    }
}
