internal import Features
internal import Forest
package import Primitives
package import Protocol

/// Classify rows of a table with a model that was trained on a table.
package struct RowJob: Job {
    package static let kind = "rows"

    package var model: ContentHash
    /// float32 `[rows][features]`.
    package var values: WireArray
    /// Whether class probabilities are asked for.
    package var probabilities: Bool

    package init(model: ContentHash, values: WireArray, probabilities: Bool) {
        self.model = model
        self.values = values
        self.probabilities = probabilities
    }

    package var blobs: [ContentHash] { [model] }

    package struct Output: Codable, Sendable {
        /// uint8 `[rows]`: class indices in the model's order.
        package var classes: WireArray
        /// float32 `[rows][classes]`.
        package var probabilities: WireArray?
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        guard let prepared = try? blobs.model(model) else { return ByteCount(0) }
        let perRow = 5 * prepared.model.input.featureCount + 4 * prepared.model.classes.count * (probabilities ? 4 : 1) + 2
        return ByteCount(values.shape[0], perRow)
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let prepared = try blobs.model(model)
        let features = prepared.model.input.featureCount
        do {
            try values.require(.float32, [nil, features], "values")
        } catch {
            throw .invalid(error.description)
        }
        let rows = values.shape[0]
        let classCount = prepared.model.classes.count
        var bins = [UInt8](repeating: 0, count: rows * features)
        var votes = [UInt32](repeating: 0, count: rows * classCount)
        var classes = [UInt8](repeating: 0, count: rows)
        let samples = values.elements(as: Float.self)
        samples.withUnsafeBufferPointer { samples in
            bins.withUnsafeMutableBufferPointer { bins in
                guard let samples = samples.baseAddress, let bins = bins.baseAddress else { return }
                prepared.model.edges.quantise(samples: samples, count: rows, into: bins)
            }
        }
        try slot.checkCancellation()
        bins.withUnsafeBufferPointer { bins in
            votes.withUnsafeMutableBufferPointer { votes in
                guard let bins = bins.baseAddress, let votes = votes.baseAddress else { return }
                slot.prediction.votes(rows: bins, count: rows, predictor: prepared.predictor, into: votes)
            }
        }
        let total = Double(prepared.model.forest.trees.count) * Double(Tree.leafTotal)
        for row in 0..<rows {
            let sums = votes[row * classCount..<(row + 1) * classCount]
            var best = 0
            for index in 1..<classCount where sums[sums.startIndex + index] > sums[sums.startIndex + best] { best = index }
            classes[row] = UInt8(best)
        }
        return Output(
            classes: WireArray(classes, .uint8),
            probabilities: probabilities
                ? WireArray(votes.map { Float(Double($0) / total) }, .float32, shape: [rows, classCount]) : nil)
    }

    package func check(_ output: Output) throws(WireError) {
        let rows = values.shape[0]
        try output.classes.require(.uint8, [rows], "classes")
        guard probabilities == (output.probabilities != nil) else {
            throw .invalid("probabilities: expected \(probabilities ? "an array" : "none")")
        }
        try output.probabilities?.require(.float32, [rows, nil], "probabilities")
    }
}
