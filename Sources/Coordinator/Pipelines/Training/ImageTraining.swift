internal import Core
internal import Foundation

/// From images and their labels to a model.
struct ImageTraining: Sendable {
    let set: TrainingSet
    let spec: FeatureSpec
    let parameters: ForestParameters
    let classNames: [String]?
    let cluster: Cluster

    func train() async throws -> SegmentationModel {
        let collection = SampleCollection()
        let phase = try cluster.phase("features", grain: LabelledTiles.tileSide)
        cluster.progress.begin("features", unit: "tiles", total: nil)
        try await cluster.clock.measure("features") {
            try await cluster.run(LabelledTiles(set: set, spec: spec, clock: cluster.clock), of: phase, count: nil) { part in
                collection.add(part)
                cluster.progress.advance(by: 1)
            }
        }
        cluster.progress.end()
        let samples = cluster.clock.measure("quantise") { collection.sorted(featureCount: spec.featureCount) }
        let classes = try TrainingClasses(
            labels: samples.labels, names: classNames, place: set.pairs.map(\.labels).joined(separator: ", "))
        for warning in classes.warnings { cluster.progress.warn(warning) }
        let training = ForestTraining(
            parameters: parameters, input: .pixels(spec, set.sampleType), classes: classes, cluster: cluster)
        return try await training.train(samples)
    }
}
