internal import Features
internal import Forest
internal import Primitives
internal import Synchronization

/// The coordinator's and the workers' part of training on a table, without what goes between them.
struct TableTraining: Sendable {
    /// A forest and the edges of the bins that it reads.
    struct Result: Sendable {
        let forest: Forest
        let edges: BinEdges
    }

    let table: TableFile
    let parameters: ForestParameters
    let team: SlotTeam

    /// Laps the phases `edges` (one thread), `quantise` (one thread) and `trees` (all threads).
    func train(_ stopwatch: inout Stopwatch) throws -> Result {
        let edges = try table.values.withUnsafeBufferPointer { values -> BinEdges in
            guard let base = values.baseAddress else { return try BinEdges([]) }
            return try BinEdges(
                QuantileEdges.edges(ofSamples: base, sampleCount: table.sampleCount, featureCount: table.featureCount))
        }
        stopwatch.lap("edges")
        let binned = try TrainingTable(
            featureCount: table.featureCount, classCount: table.classCount, bins: table.bins(edges), classes: table.classes)
        stopwatch.lap("quantise")
        let grown = GrownTrees(count: parameters.trees)
        try team.run(parameters.trees) { [parameters] slot, index in
            grown.set(index, slot.grower.grow(treeIndex: index, table: binned, parameters: parameters).tree)
        }
        stopwatch.lap("trees")
        let forest = try Forest(featureCount: table.featureCount, classCount: table.classCount, trees: grown.trees)
        return Result(forest: forest, edges: edges)
    }
}

/// The trees as the threads finish them.
private final class GrownTrees: Sendable {
    private let slots: Lock<[Tree?]>

    init(count: Int) { slots = Lock([Tree?](repeating: nil, count: count)) }

    var trees: [Tree] { slots.withLock { $0.compactMap { $0 } } }

    func set(_ index: Int, _ tree: Tree) { slots.withLock { $0[index] = tree } }
}

extension TableFile {
    /// `[sample][feature]`.
    fileprivate func bins(_ edges: BinEdges) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: values.count) { bins, count in
            values.withUnsafeBufferPointer { values in
                if let values = values.baseAddress, let bins = bins.baseAddress {
                    edges.quantise(samples: values, count: sampleCount, into: bins)
                }
            }
            count = values.count
        }
    }
}

extension TableTraining.Result {
    /// The share of the table's samples that are given their own class, 0…1.
    func accuracy(on table: TableFile) -> Double {
        let bins = table.bins(edges)
        let predictor = ForestPredictor(forest: forest)
        var votes = [UInt32](repeating: 0, count: table.sampleCount * predictor.classCount)
        bins.withUnsafeBufferPointer { bins in
            votes.withUnsafeMutableBufferPointer { votes in
                guard let bins = bins.baseAddress, let votes = votes.baseAddress else { return }
                PredictionWorkspace().votes(rows: bins, count: table.sampleCount, predictor: predictor, into: votes)
            }
        }
        let hits = (0..<table.sampleCount).count { sample in
            var leader = 0
            let sums = sample * predictor.classCount
            for index in 1..<predictor.classCount where votes[sums + index] > votes[sums + leader] { leader = index }
            return leader == Int(table.classes[sample])
        }
        return Double(hits) / Double(table.sampleCount)
    }
}
