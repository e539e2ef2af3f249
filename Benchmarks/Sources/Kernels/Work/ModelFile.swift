internal import ArgumentParser
internal import Features
internal import Forest
internal import Foundation
internal import Protocol

/// A model that was trained on images, ready to be applied.
struct ModelFile: Sendable {
    let model: SegmentationModel
    let spec: FeatureSpec
    let predictor: ForestPredictor

    init(path: String) throws {
        model = try SegmentationModel(decoding: Data(contentsOf: URL(fileURLWithPath: path)))
        guard case .pixels(let spec, _) = model.input else {
            throw ValidationError("\(path): expected a model that was trained on images, found one that was trained on a table")
        }
        self.spec = spec
        predictor = ForestPredictor(forest: model.forest)
    }

    /// What a measurement says about the forest.
    var facts: [String: Double] {
        let nodes = model.forest.trees.reduce(0) { $0 + $1.nodeCount }
        return [
            "trees": Double(model.forest.trees.count), "nodes": Double(nodes), "classes": Double(model.classes.count),
            "trainingSamples": Double(model.training.samplesPerClass.reduce(0, +)),
        ]
    }
}
