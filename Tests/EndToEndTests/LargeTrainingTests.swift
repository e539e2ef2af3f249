internal import ArgumentParser
@testable import Features
@testable import Forest
@testable import Formats
import Foundation
import Primitives
internal import Synchronization
@testable import Protocol
import Testing

@testable import Coordinator

/// Sets that are not held in memory: samples as bins in a file, tables in blocks.
@Suite struct LargeTrainingTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for (name, seed) in [("a", 3), ("b", 4)] as [(String, UInt64)] {
            try DemoInputs.write(to: scratch, side: 700, seed: seed)
            for kind in ["image", "scribbles"] {
                try FileManager.default.moveItem(atPath: scratch("\(kind).png"), toPath: scratch("\(kind)-\(name).png"))
            }
        }
    }

    private var pairs: [TrainingPair] {
        ["a", "b"].map {
            TrainingPair(
                image: ImageInput(path: scratch("image-\($0).png")), labels: ImageInput(path: scratch("scribbles-\($0).png")))
        }
    }

    /// Trains in this process, with real workers.
    private func model(
        local: Int, _ limits: SampleLimits = SampleLimits(), edges: Int? = nil, held: Int? = nil, draws: Int = 900,
        select: Int? = nil
    ) async throws -> SegmentationModel {
        let result = Box()
        let pairs = pairs
        try await Run.perform(on: try LocalWorkers(count: local, sharing: SharedFolders(of: []), logLevel: "warning")) {
            run in
            let set = try TrainingSet(pairs)
            let spec = try FeatureRequest(preset: .scikitImage).spec(channels: set.channels)
            let training = ImageTraining(
                set: set, spec: spec, parameters: try ForestParameters(trees: 7, maxSamples: .count(draws), seed: 2),
                limits: limits, classNames: nil, run: run, edgeSampleCount: edges, heldSampleCount: held, select: select)
            await result.set(try await training.train().model)
        }
        return try #require(await result.model)
    }

    private actor Box {
        private(set) var model: SegmentationModel?
        func set(_ model: SegmentationModel) { self.model = model }
    }

    @Test func `the model is that of samples in memory, whatever the workers, and whether they get the table or drawn samples`()
        async throws
    {
        for (draws, local) in [(900, 1), (900, 4), (8_000, 1), (8_000, 2)] {
            let inMemory = try await model(local: 2, draws: draws)
            let onFile = try await model(local: local, edges: .max, held: 0, draws: draws)
            #expect(onFile.edges == inMemory.edges)
            #expect(onFile.forest == inMemory.forest, "\(local) workers")
            #expect(onFile.classes == inMemory.classes)
            #expect(onFile.training.outOfBag == inMemory.training.outOfBag)
            #expect(onFile.training.samplesPerClass == inMemory.training.samplesPerClass)
            #expect(onFile.training.importances == inMemory.training.importances)
        }
    }

    @Test func `features that are selected are those of samples in memory, whatever the workers, and of the bins that they have`()
        async throws
    {
        let whole = try await model(local: 2, draws: 8_000)
        let inMemory = try await model(local: 2, draws: 8_000, select: 9)
        guard case .pixels(let all, _) = whole.input, case .pixels(let spec, _) = inMemory.input else {
            throw FeatureSpecError.noFamily
        }
        let selected = try #require(spec.selected)
        #expect(spec.featureCount == 9 && selected.count == 9 && inMemory.input.names == selected.map { all.names[$0] })
        for (feature, position) in selected.enumerated() {
            #expect(inMemory.edges.edges(ofFeature: feature) == whole.edges.edges(ofFeature: position))
        }
        for local in [1, 3] {
            let again = try await model(local: local, draws: 8_000, select: 9)
            #expect(try again.encoded() == inMemory.encoded())
            let onFile = try await model(local: local, edges: .max, held: 0, draws: 8_000, select: 9)
            #expect(onFile.input == inMemory.input && onFile.edges == inMemory.edges && onFile.forest == inMemory.forest)
        }
        let more = try await model(local: 2, draws: 8_000, select: 1000)
        #expect(try more.encoded() == whole.encoded())
    }

    @Test func `a model of selected features segments the same whatever the tiles, and says what was selected`() async throws {
        let trained = try await Program.coppice([
            "train", pairs[0].image.path, pairs[0].labels.path, "--output", scratch("s.json"), "--trees", "5", "--max-depth", "6",
            "--features", "default", "--select", "12", "--local", "2", "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let said = try await Program.coppice(["inspect", scratch("s.json")])
        #expect(said.output.contains("features  12 selected of 104: default: intensity (0.5 1 2 4), edges, "), "\(said.output)")
        for (name, tile) in [("a", "120"), ("b", "700")] {
            let outcome = try await Program.coppice([
                "segment", pairs[1].image.path, "--model", scratch("s.json"), "--output", scratch("\(name).png"), "--tile", tile,
                "--local", "2", "--quiet",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try scratch.bytes("a.png") == scratch.bytes("b.png"))
        let refused = try await Program.coppice(["train", "--table", "X", "y", "--output", "m", "--select", "3"])
        #expect(refused.status == 64 && refused.errors.contains("--select: expected images"), "\(refused.errors)")
        let none = try await Program.coppice(["train", "a", "b", "--output", "m", "--select", "0"])
        #expect(none.status == 64 && none.errors.contains("--select: expected 1 feature or more"), "\(none.errors)")
    }

    @Test func `the best importances are kept in order, of equal ones the first`() {
        #expect(FeatureSelection.best(of: [0.1, 0.3, 0.1, 0, 0.3, 0.2], count: 4) == [0, 1, 4, 5])
        #expect(FeatureSelection.best(of: [0, 0, 0], count: 2) == [0, 1])
    }

    @Test func `edges of a part of the samples are the same in every run, and the limits of samples hold`() async throws {
        let one = try await model(local: 1, SampleLimits(perImage: 1500, perClass: 700), edges: 800)
        let three = try await model(local: 3, SampleLimits(perImage: 1500, perClass: 700), edges: 800)
        #expect(try one.encoded() == three.encoded())
        #expect(one.training.samplesPerClass.allSatisfy { $0 <= 700 })
        #expect(one.training.samplesPerClass.reduce(0, +) > 800)
    }

    @Test func `a table is trained on in parts, with the same trees`() async throws {
        let (rows, features) = (3000, 5)
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...1000, using: &random)
        let values = (0..<rows * features).map { Float(SampleSelection.key(seed, 0, $0) >> 40) }
        let x = try NPYWriter(path: scratch("X.npy"), element: .float32, shape: [rows, features])
        try x.write(values)
        try x.finish()
        let y = try NPYWriter(path: scratch("y.npy"), element: .int64, shape: [rows])
        try y.write((0..<rows).map { Int64(values[$0 * features] > 8_000_000 ? 3 : 9) })
        try y.finish()
        var models: [SegmentationModel] = []
        for held in [nil, 0] as [Int?] {
            let result = Box()
            let (x, y) = (scratch("X.npy"), scratch("y.npy"))
            try await Run.perform(on: try LocalWorkers(count: 2, sharing: SharedFolders(of: []), logLevel: "warning")) {
                run in
                let training = TableTraining(
                    features: x, labels: y, parameters: try ForestParameters(trees: 5, seed: 1), classNames: nil,
                    run: run, edgeSampleCount: .max, heldSampleCount: held)
                await result.set(try await training.train())
            }
            models.append(try #require(await result.model))
        }
        #expect(models[0].forest == models[1].forest && models[0].edges == models[1].edges, "seed \(seed)")
        #expect(models[0].training.table != models[1].training.table)
    }

    @Test func `limits of samples are options, and wrong ones are refused`() async throws {
        let command = [
            "train", pairs[0].image.path, pairs[0].labels.path, "--output", scratch("m.json"), "--trees", "3", "--local", "1",
        ]
        let outcome = try await Program.coppice(command + ["--max-samples-per-class", "50", "--max-samples-per-image", "120"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let model = try SegmentationModel(decoding: try Data(contentsOf: URL(fileURLWithPath: scratch("m.json"))))
        #expect(model.training.samplesPerClass.allSatisfy { $0 <= 50 } && model.training.samplesPerClass.reduce(0, +) <= 120)
        #expect(try await Program.coppice(command + ["--max-samples-per-class", "0"]).status == 64)
        #expect(
            try await Program.coppice(["train", "--table", "X", "y", "--output", "m", "--max-samples-per-image", "3"]).status
                == 64)
    }

    @Test func `the accuracy of a set in a file is estimated on the samples that the seed chooses, whatever the workers`()
        async throws
    {
        var found: [AccuracyEstimate] = []
        for local in [1, 2] {
            let estimates = Lock<[AccuracyEstimate]>([])
            let pairs = pairs
            try await Run.perform(on: try LocalWorkers(count: local, sharing: SharedFolders(of: []), logLevel: "warning")) {
                run in
                let set = try TrainingSet(pairs)
                let spec = try FeatureRequest(preset: .scikitImage, sigmaMax: 4).spec(channels: set.channels)
                let training = ImageTraining(
                    set: set, spec: spec, parameters: try ForestParameters(trees: 7, maxSamples: .count(900), seed: 2),
                    classNames: nil, folds: 2, run: run, edgeSampleCount: .max, heldSampleCount: 0)
                let estimate = try await training.train().estimate
                estimates.withLock { $0 += [estimate].compactMap { $0 } }
            }
            found += estimates.withLock { $0 }
        }
        #expect(found.count == 2 && found[0] == found[1])
        let one = try #require(found.first)
        #expect(one.unit == .images && one.folds == 2 && one.treesPerFold == 7)
        #expect(one.classes.allSatisfy { $0.parts == 2 && $0.samples > 0 })
    }
}
