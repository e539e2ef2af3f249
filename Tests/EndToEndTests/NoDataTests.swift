@testable import Features
@testable import Forest
@testable import Formats
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

@testable import Coordinator

/// Images of which some pixels have no data, through every command and every way that pixels take to workers.
@Suite struct NoDataTests {
    private let scratch: Scratch
    private let scene: NoDataScene

    init() throws {
        scratch = try Scratch()
        scene = try NoDataScene(scratch)
    }

    private func coppice(_ arguments: [String]) async throws -> Program.Outcome {
        let outcome = try await Program.coppice(arguments + ["--quiet"])
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return outcome
    }

    private func train(_ image: String, _ labels: String, _ model: String, _ way: [String]) async throws -> Program.Outcome {
        try await coppice(
            ["train", scratch(image), scratch(labels), "--trees", "9", "--sigma-max", "4", "--output", scratch(model)] + way)
    }

    @Test func `labels at pixels without data are not learned from, are counted, and change no byte of the model`() async throws {
        // Sent band by band, read by local workers, sent window by window.
        let far = try await HandStartedWorker.start(slots: 2)
        let said = "labelled pixels without data, which are not learned from: \(scene.lostLabelCount)"
        #expect(scene.lostLabelCount > 10)
        for (index, (image, way)) in [
            ("strip.tif", ["--local", "1"]), ("tiles.tif", ["--local", "2"]), ("tiles.tif", ["--workers", far.url]),
        ].enumerated() {
            let outcome = try await train(image, "scribbles.png", "\(index).json", way)
            #expect(outcome.errors.contains("note: \(scratch(image)): \(said)"), "\(outcome.errors)")
            let clean = try await train(image, "clean.png", "clean\(index).json", way)
            #expect(!clean.errors.contains("without data"), "\(clean.errors)")
        }
        withExtendedLifetime(far) {}
        let first = try scratch.bytes("0.json")
        for name in ["1.json", "2.json", "clean0.json", "clean1.json", "clean2.json"] {
            #expect(try scratch.bytes(name) == first, "\(name)")
        }
    }

    @Test func `limits of samples count pixels with data only`() async throws {
        for (index, image) in ["strip.tif", "tiles.tif"].enumerated() {
            for (labels, name) in [("scribbles.png", "all"), ("clean.png", "clean")] {
                let limits = ["--max-samples-per-class", "90", "--max-samples-per-image", "240", "--local", "2"]
                _ = try await train(image, labels, "\(name)\(index).json", limits)
            }
        }
        let first = try scratch.bytes("all0.json")
        for name in ["all1.json", "clean0.json", "clean1.json"] { #expect(try scratch.bytes(name) == first, "\(name)") }
        let model = try SegmentationModel(decoding: first)
        let counts = model.training.samplesPerClass
        #expect(counts.contains(90) && counts.allSatisfy { (1...90).contains($0) }, "\(counts)")
    }

    @Test func `samples on file are those in memory`() async throws {
        let inMemory = try await model("tiles.tif", held: nil)
        for image in ["tiles.tif", "strip.tif"] {
            let onFile = try await model(image, held: 0)
            #expect(onFile.forest == inMemory.forest && onFile.edges == inMemory.edges, "\(image)")
            #expect(onFile.training.samplesPerClass == inMemory.training.samplesPerClass)
        }
    }

    /// Trains in this process, with real workers.
    private func model(_ image: String, held: Int?) async throws -> SegmentationModel {
        let result = Box()
        let pair = TrainingPair(
            image: ImageInput(path: scratch(image)), labels: ImageInput(path: scratch("scribbles.png")))
        try await Run.perform(on: try LocalWorkers(count: 2, sharing: SharedFolders(of: []), logLevel: "warning")) { run in
            let set = try TrainingSet([pair])
            let training = ImageTraining(
                set: set, spec: try FeatureRequest(preset: .scikitImage).spec(channels: set.channels),
                parameters: try ForestParameters(trees: 5, seed: 2), classNames: nil, run: run,
                edgeSampleCount: held.map { _ in .max }, heldSampleCount: held)
            await result.set(try await training.train().model)
        }
        return try #require(await result.model)
    }

    private actor Box {
        private(set) var model: SegmentationModel?
        func set(_ model: SegmentationModel) { self.model = model }
    }

    @Test func `maps say nothing at pixels without data, and are the same for every tile, way and number of workers`()
        async throws
    {
        _ = try await train("tiles.tif", "scribbles.png", "m.json", ["--local", "2"])
        let far = try await HandStartedWorker.start(slots: 2)
        let ways: [(image: String, tile: Int, way: [String])] = [
            ("strip.tif", 37, ["--local", "1"]), ("strip.tif", 512, ["--local", "3"]), ("tiles.tif", 64, ["--local", "2"]),
            ("tiles.tif", 512, ["--local", "1"]), ("tiles.tif", 101, ["--workers", far.url]),
        ]
        let endings = ["l.png", "p.npy", "u.npy", "o.png"]
        for (index, (image, tile, way)) in ways.enumerated() {
            _ = try await coppice(
                [
                    "segment", scratch(image), "--model", scratch("m.json"), "--tile", "\(tile)", "--output",
                    scratch("\(index)l.png"), "--probabilities", scratch("\(index)p.npy"), "--uncertainty",
                    scratch("\(index)u.npy"), "--overlay", scratch("\(index)o.png"),
                ] + way)
        }
        withExtendedLifetime(far) {}
        for index in ways.indices.dropFirst() {
            for ending in endings {
                let isSame = try scratch.bytes("\(index)\(ending)") == scratch.bytes("0\(ending)")
                #expect(isSame, "\(ways[index]), \(ending)")
            }
        }
        let labels = try ImageFile.readAllLabels(path: scratch("0l.png")).labels
        #expect(zip(labels, scene.validity).allSatisfy { ($0 == 0) == ($1 == 0) })
        let rows = 0..<scene.height
        let shares = try NPYReader(path: scratch("0p.npy")).floats(rows: rows)
        let doubt = try NPYReader(path: scratch("0u.npy")).floats(rows: rows)
        let overlay = try ImageFile.readAll(path: scratch("0o.png")).bytes
        for pixel in scene.validity.indices {
            let sum = shares[3 * pixel..<3 * pixel + 3].reduce(0, +)
            let isEmpty = sum == 0 && doubt[pixel] == 0 && overlay[3 * pixel..<3 * pixel + 3].allSatisfy { $0 == 0 }
            guard scene.validity[pixel] == 1 ? abs(sum - 1) < 1e-5 : isEmpty else {
                Issue.record("pixel \(pixel): shares of \(sum), uncertainty \(doubt[pixel])")
                break
            }
        }
    }

    @Test func `what lies beside pixels without data is classified as the scene asks`() async throws {
        _ = try await train("tiles.tif", "scribbles.png", "m.json", ["--local", "2"])
        _ = try await coppice(["segment", scratch("tiles.tif"), "--model", scratch("m.json"), "--output", scratch("l.png")])
        let labels = try ImageFile.readAllLabels(path: scratch("l.png")).labels
        let truth = try ImageFile.readAllLabels(path: scratch("truth.png")).labels
        let beside = scene.pixelsBesideGaps
        let right = beside.count { labels[$0] == truth[$0] }
        let all = scene.validity.indices.filter { scene.validity[$0] == 1 }
        let rightOfAll = all.count { labels[$0] == truth[$0] }
        // No worse than elsewhere by more than a little.
        #expect(Double(right) / Double(beside.count) > Double(rightOfAll) / Double(all.count) - 0.1)
    }

    @Test func `features are NaN at pixels without data and finite at all others`() async throws {
        for (name, image, tile) in [("a.npy", "strip.tif", "300"), ("b.npy", "tiles.tif", "50")] {
            _ = try await coppice([
                "features", scratch(image), "--sigma-max", "2", "--features",
                "intensity,edges,texture,difference-of-gaussians,structure-tensor", "--tile", tile, "--output", scratch(name),
                "--local", "2",
            ])
        }
        #expect(try scratch.bytes("a.npy") == scratch.bytes("b.npy"))
        let array = try NPYReader(path: scratch("a.npy"))
        let count = array.header.shape[2]
        let values = try array.floats(rows: 0..<scene.height)
        let areRight = values.indices.allSatisfy { values[$0].isNaN == (scene.validity[$0 / count] == 0) }
        #expect(areRight)
        #expect(values.allSatisfy { $0.isNaN || $0.isFinite })
    }

    @Test func `an image without any data becomes an image without labels`() async throws {
        _ = try await train("tiles.tif", "scribbles.png", "m.json", ["--local", "2"])
        var empty = scene.image
        empty.bytes = Array((0..<scene.validity.count).map { _ in NoDataScene.bytes(of: .nan) }.joined())
        try Data(HandmadeTIFF.file([empty])).write(to: URL(fileURLWithPath: scratch("empty.tif")))
        _ = try await coppice(["segment", scratch("empty.tif"), "--model", scratch("m.json"), "--output", scratch("e.png")])
        #expect(try ImageFile.readAllLabels(path: scratch("e.png")).presentLabels.isEmpty)
        let untrained = try await Program.coppice([
            "train", scratch("empty.tif"), scratch("scribbles.png"), "--output", scratch("e.json"), "--local", "1", "--quiet",
        ])
        #expect(untrained.status == 65)
        #expect(untrained.errors.contains("labelled pixels without data"), "\(untrained.errors)")
        #expect(untrained.errors.contains("expected labelled samples of 2 to 255 classes, found none"), "\(untrained.errors)")
    }
}

/// The demo's scene in floats of one channel with NaN in a disc, a band and single pixels: `strip.tif`, which is read row by row, and
/// `tiles.tif`, of which windows are read; `clean.png` has the labels of pixels with data only.
private struct NoDataScene {
    let height: Int
    /// `[row][column]`.
    let validity: [UInt8]
    /// In one strip.
    let image: HandmadeTIFF.Image
    /// Labels of `scribbles.png` at pixels without data.
    let lostLabelCount: Int
    private let width: Int

    init(_ scratch: Scratch) throws {
        try DemoInputs.write(to: scratch, side: 230, pixelsPerClass: 500)
        let pixels = try ImageFile.readAll(path: scratch("image.png"))
        let (width, height) = (pixels.width, pixels.height)
        let validity = (0..<width * height).map { pixel -> UInt8 in
            let (row, column) = (pixel / width, pixel % width)
            let isInDisc = (row - 90) * (row - 90) + (column - 140) * (column - 140) < 45 * 45
            return isInDisc || (10..<31).contains(column) || (row * 31 + column * 17) % 211 == 0 ? 0 : 1
        }
        let values = validity.indices.map { pixel -> Float in
            validity[pixel] == 1 ? Float(pixels.bytes[3 * pixel]) / 255 : .nan
        }
        var image = HandmadeTIFF.Image(width, height, seed: 0)
        (image.bytesPerSample, image.sampleFormat) = (4, 3)
        image.bytes = values.flatMap(Self.bytes)
        try Data(HandmadeTIFF.file([image])).write(to: URL(fileURLWithPath: scratch("strip.tif")))
        var tiled = image
        tiled.tileSide = 64
        try Data(HandmadeTIFF.file([tiled])).write(to: URL(fileURLWithPath: scratch("tiles.tif")))
        var labels = try ImageFile.readAllLabels(path: scratch("scribbles.png"))
        var lostLabelCount = 0
        for pixel in validity.indices where validity[pixel] == 0 && labels.labels[pixel] != 0 {
            labels.labels[pixel] = 0
            lostLabelCount += 1
        }
        try labels.write(to: scratch("clean.png"))
        (self.width, self.height, self.validity, self.image) = (width, height, validity, image)
        self.lostLabelCount = lostLabelCount
    }

    /// Pixels with data within three pixels of one without.
    var pixelsBesideGaps: [Int] {
        validity.indices.filter { pixel in
            guard validity[pixel] == 1 else { return false }
            let (row, column) = (pixel / width, pixel % width)
            return (max(0, row - 3)...min(height - 1, row + 3)).contains { near in
                (max(0, column - 3)...min(width - 1, column + 3)).contains { validity[near * width + $0] == 0 }
            }
        }
    }

    static func bytes(of value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
}
