internal import ArgumentParser
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
        local: Int, _ limits: SampleLimits = SampleLimits(), edges: Int? = nil, held: Int? = nil, draws: Int = 900
    ) async throws -> SegmentationModel {
        let result = Box()
        let pairs = pairs
        try await Run.perform(on: try LocalWorkers(count: local, sharing: SharedFolders(of: []), logLevel: "warning")) {
            run in
            let set = try TrainingSet(pairs)
            let spec = try FeatureRequest(preset: .scikitImage).spec(channels: set.channels)
            let training = ImageTraining(
                set: set, spec: spec, parameters: try ForestParameters(trees: 7, maxSamples: .count(draws), seed: 2),
                limits: limits, classNames: nil, run: run, edgeSampleCount: edges, heldSampleCount: held)
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
