internal import Features
internal import Forest
internal import Protocol

/// From a table of features and labels made elsewhere to a model.
struct TableTraining: Sendable {
    /// `X.npy`: samples × features.
    let features: String
    /// `y.npy`: one integer ≥ 0 a sample.
    let labels: String
    let parameters: ForestParameters
    var limits = SampleLimits()
    let classNames: [String]?
    let run: Run
    /// Of so many samples edges are made, about; nil for the usual number.
    var edgeSampleCount: Int?
    /// So many samples are held in memory; nil for as many as edges are made of. It does not change the model's trees.
    var heldSampleCount: Int?

    /// Rows that are read at once.
    private static let rowsAtOnce = 1 << 16

    func train() async throws -> SegmentationModel {
        let table = try LabelledTable(features: features, labels: labels)
        let edgeCount = edgeSampleCount ?? SampleLimits.edgeSampleCount(featureCount: table.featureCount)
        let (selection, counts) = try run.clock.measure("read") { try count(table) }
        let classes = try TrainingClasses(counts: counts, names: classNames, place: labels)
        for warning in classes.warnings { run.progress.warn(warning) }
        let names = (0..<table.featureCount).map { "feature\($0)" }
        let forest = ForestTraining(
            parameters: parameters, input: .rows(names: names), classes: classes, run: run)
        let total = classes.counts.reduce(0, +)
        if total <= heldSampleCount ?? edgeCount {
            return try await forest.train(try samples(of: table) { selection.takes(image: 0, position: $0, label: $1) }).model
        }
        let withEdges = selection.withEdges(from: Double(edgeCount) / Double(total))
        let some = try samples(of: table) { row, label in
            withEdges.takes(image: 0, position: row, label: label) && withEdges.isEdgeSample(image: 0, position: row)
        }
        let edges = try run.clock.measure("quantise") { try BinEdges(ParallelQuantiser.edges(of: some)) }
        let shape = try TableShape(
            sampleCount: total, featureCount: table.featureCount, classCount: classes.classes.count)
        let file = try TableFile(in: run.scratchFolder, shape: shape)
        try write(table, withEdges, edges, classes.indices, to: file)
        return try await forest.train(on: file, edges: edges).model
    }

    /// The rows that are learned from, and how many there are of each label.
    private func count(_ table: LabelledTable) throws -> (SampleSelection, [Int: Int]) {
        var selection = SampleSelection(seed: parameters.seed)
        if let perClass = limits.perClass {
            var keys: [Int: SmallestKeys] = [:]
            try table.forEachLabel { row, label in
                keys[label, default: SmallestKeys(perClass)].add(SampleSelection.key(parameters.seed, 0, row))
            }
            selection = SampleSelection(seed: parameters.seed, keyMaxOfLabel: keys.mapValues { $0.largest })
        }
        var counts: [Int: Int] = [:]
        try table.forEachLabel { row, label in
            if selection.takes(image: 0, position: row, label: label) { counts[label, default: 0] += 1 }
        }
        return (selection, counts)
    }

    /// The rows that are wanted, in their order.
    private func samples(of table: LabelledTable, where wanted: (_ row: Int, _ label: Int) -> Bool) throws -> LabelledSamples {
        try run.clock.measure("read") {
            var (values, found) = ([Float](), [Int]())
            try table.forEachPart(of: Self.rowsAtOnce) { part in
                part.keep(where: wanted)
                values += part.samples.values
                found += part.samples.labels
            }
            return LabelledSamples(featureCount: table.featureCount, values: values, labels: found)
        }
    }

    /// Puts all rows that are learned from into bins, part by part.
    private func write(
        _ table: LabelledTable, _ selection: SampleSelection, _ edges: BinEdges, _ indices: [Int: UInt8], to file: TableFile
    ) throws {
        try run.clock.measure("quantise") {
            var next = 0
            try table.forEachPart(of: Self.rowsAtOnce) { part in
                part.keep { selection.takes(image: 0, position: $0, label: $1) }
                let bins = ParallelQuantiser.bins(of: part.samples, edges: edges)
                let classes = part.samples.labels.map { indices[$0] ?? 0 }
                try bins.withUnsafeBytes { bins in
                    try classes.withUnsafeBytes { classes in try file.write(bins, classes, at: next) }
                }
                next += classes.count
            }
        }
    }
}
