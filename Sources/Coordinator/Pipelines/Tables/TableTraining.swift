internal import Core

/// From a table of features and labels made elsewhere to a model.
struct TableTraining: Sendable {
    /// `X.npy`: samples × features.
    let features: String
    /// `y.npy`: one integer ≥ 0 a sample.
    let labels: String
    let parameters: ForestParameters
    let classNames: [String]?
    let cluster: Cluster

    func train() async throws -> SegmentationModel {
        let samples = try cluster.clock.measure("read") { try read() }
        let classes = try TrainingClasses(labels: samples.labels, names: classNames, place: labels)
        for warning in classes.warnings { cluster.progress.warn(warning) }
        let names = (0..<samples.featureCount).map { "feature\($0)" }
        return try await ForestTraining(
            parameters: parameters, input: .rows(names: names), classes: classes, cluster: cluster
        ).train(samples)
    }

    private func read() throws -> LabelledSamples {
        let table = try FeatureTable(features)
        let truth = try NPYReader(path: labels)
        guard truth.header.shape == [table.rowCount] || truth.header.shape == [table.rowCount, 1] else {
            throw CommandError(
                .badInput,
                "\(labels): expected \(table.rowCount) labels as \(features) has samples, found the shape \(truth.header.shape)")
        }
        let values = try truth.integers(rows: 0..<table.rowCount)
        if let bad = values.firstIndex(where: { !(0...Int(Int32.max)).contains($0) }) {
            throw CommandError(.badInput, "\(labels): row \(bad): expected a label from 0 to \(Int32.max), found \(values[bad])")
        }
        return LabelledSamples(
            featureCount: table.featureCount, values: try table.values(rows: 0..<table.rowCount), labels: values)
    }
}
