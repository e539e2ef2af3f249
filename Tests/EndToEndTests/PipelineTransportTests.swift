@testable import Features
@testable import Forest
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Every request of a run, over every transport: what comes out depends on what was asked alone.
@Suite struct PipelineTransportTests {
    private static let (width, height) = (48, 44)
    private static let tableRowCount = 20_000
    private let scratch: Scratch

    /// An image that is dark on its left half and bright on its right one, strokes on both, and two tables whose first column decides.
    init() throws {
        scratch = try Scratch()
        let (width, height) = (Self.width, Self.height)
        let pixels = (0..<width * height).map { place -> UInt8 in
            let (column, row) = (place % width, place / width)
            let texture = (7 * column + 13 * row) % 23
            return UInt8(column < 24 ? 60 + texture : 190 + texture)
        }
        try PixelBuffer(width: width, height: height, channels: 1, sampleType: .uint8, bytes: pixels)
            .write(to: scratch("image.png"))
        let strokes = (0..<width * height).map { place -> UInt16 in
            let (column, row) = (place % width, place / width)
            guard (10..<13).contains(row) || (30..<33).contains(row) else { return 0 }
            return (3..<12).contains(column) ? 1 : (34..<43).contains(column) ? 2 : 0
        }
        try LabelMap(width: width, height: height, labels: strokes).write(to: scratch("strokes.png"))
        let known = Self.rows(300, seed: 3)
        try write(known.values, "known.npy", .float32, shape: [300, 3])
        try write(known.labels, "truth.npy", .int32, shape: [300])
        try write(Self.rows(Self.tableRowCount, seed: 4).values, "new.npy", .float32, shape: [Self.tableRowCount, 3])
    }

    /// Rows of three numbers from 0 to 1, and their labels: 2, or 7 where the first number is above one half.
    private static func rows(_ count: Int, seed: UInt64) -> (values: [Float], labels: [Int32]) {
        var random = SplitMix64(seed: seed)
        let values = (0..<3 * count).map { _ in Float.random(in: 0..<1, using: &random) }
        return (values, (0..<count).map { values[3 * $0] > 0.5 ? 7 : 2 })
    }

    private func write<Value: NPYScalar>(_ values: [Value], _ name: String, _ element: NPYElement, shape: [Int]) throws {
        let writer = try NPYWriter(path: scratch(name), element: element, shape: shape)
        try writer.write(values)
        try writer.finish()
    }

    /// The outputs of all requests, by name: tiles of 20 pixels, so that those at two borders are cut, and tables of two jobs.
    private func outputs(over transport: Transport) async throws -> [String: Data] {
        let folder = scratch(transport.rawValue)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let image = ImageInput(path: scratch("image.png"))
        let strokes = ImageInput(path: scratch("strokes.png"))
        let (known, truth, new) = (scratch("known.npy"), scratch("truth.npy"), scratch("new.npy"))
        let forest = try ForestParameters(trees: 15, maxFeatures: .all, seed: 5)
        let features = FeatureRequest(preset: .scikitImage, sigmaMax: 2)
        @Sendable func path(_ name: String) -> String { "\(folder)/\(name)" }
        @Sendable func kept(_ model: SegmentationModel, as name: String) throws -> ModelFile {
            let bytes = try model.encoded()
            try bytes.write(to: URL(fileURLWithPath: path(name)))
            return ModelFile(model: model, bytes: bytes, hash: ContentHash(of: bytes))
        }
        try await transport.serve { pool in
            try await Run.perform(on: pool) { run in
                let trained = try await run.train(
                    TrainingRequest(.images([TrainingPair(image: image, labels: strokes)], features), forest: forest, folds: 0))
                let model = try kept(trained, as: "image-model.json")
                let work = ImageSegmentation.Work(
                    image: image,
                    paths: [
                        .labels: path("labels.png"), .probabilities: path("probabilities.npy"),
                        .uncertainty: path("uncertainty.tif"), .overlay: path("overlay.png"),
                    ])
                try (await run.segment(SegmentationRequest([work], tileSide: 20), with: model)).failures.conclude()
            }
            try await Run.perform(on: pool) { run in
                let trained = try await run.train(TrainingRequest(.table(features: known, labels: truth), forest: forest))
                let model = try kept(trained, as: "table-model.json")
                try await run.predict(
                    TablePredictionRequest(table: new, labels: path("rows.npy"), probabilities: path("row-shares.npy")),
                    with: model)
            }
            try await Run.perform(on: pool) { run in
                try await run.writeFeatures(
                    FeatureArrayRequest(image: image, features: features, tileSideMax: 20), to: path("features.npy"))
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try scratch.bytes("\(transport.rawValue)/\($0)")) })
    }

    @Test(arguments: Transport.allCases)
    func `what is trained on an image and on a table is found again`(transport: Transport) async throws {
        _ = try await outputs(over: transport)
        let labels = try ImageFile.readAllLabels(path: scratch("\(transport.rawValue)/labels.png"))
        #expect(labels.width == Self.width && labels.height == Self.height)
        // Near the middle the blurred halves run into each other.
        for (place, label) in labels.labels.enumerated() where !(16..<32).contains(place % Self.width) {
            #expect(label == (place % Self.width < 24 ? 1 : 2), "column \(place % Self.width), row \(place / Self.width)")
        }
        let shares = try NPYReader(path: scratch("\(transport.rawValue)/probabilities.npy"))
        #expect(shares.header.shape == [Self.height, Self.width, 2])
        let rows = try NPYReader(path: scratch("\(transport.rawValue)/rows.npy"))
        #expect(rows.header.shape == [Self.tableRowCount])
        let found = try rows.integers(rows: 0..<Self.tableRowCount)
        let new = Self.rows(Self.tableRowCount, seed: 4)
        let wrong = found.indices.filter { abs(new.values[3 * $0] - 0.5) > 0.1 && found[$0] != Int(new.labels[$0]) }
        #expect(wrong.isEmpty, "rows \(wrong.prefix(5))")
    }

    @Test func `all transports give the same bytes`() async throws {
        let memory = try await outputs(over: .memory)
        let names = [
            "features.npy", "image-model.json", "labels.png", "overlay.png", "probabilities.npy", "row-shares.npy", "rows.npy",
            "table-model.json", "uncertainty.tif",
        ]
        #expect(memory.keys.sorted() == names)
        for transport in Transport.allCases where transport != .memory {
            let others = try await outputs(over: transport)
            #expect(others.keys.sorted() == names)
            for name in names {
                let isSame = others[name] == memory[name]
                #expect(isSame, "\(name) over \(transport)")
            }
        }
    }
}
