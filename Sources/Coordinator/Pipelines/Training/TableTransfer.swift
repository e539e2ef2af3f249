internal import Forest

/// How workers get at a training table.
enum TableTransfer: Equatable {
    /// Each worker gets all of it, once.
    case whole
    /// Each job carries the samples that its trees are grown from.
    case drawnSamples

    /// Samples of a job, in bytes, that are not too many for one document.
    private static let jobBytesMax = 64 << 20

    /// Chooses the way by which fewer bytes are sent in all; of a table that is one document, always all of it.
    ///
    /// - Parameters:
    ///   - workers: that are there.
    ///   - treesPerJob: whose samples must fit into one document.
    init(of table: ReadyTable, parameters: ForestParameters, workers: Int, treesPerJob: Int) {
        self.init(
            of: table.shape, isInBlocks: table.blocks != nil, draws: parameters.maxSamples.count(of: table.shape.sampleCount),
            trees: parameters.trees, workers: workers, treesPerJob: treesPerJob)
    }

    init(of shape: TableShape, isInBlocks: Bool, draws: Int, trees: Int, workers: Int, treesPerJob: Int) {
        // As text, a sample takes a third more.
        let carried = Double(trees) * Double(draws) * 4 / 3
        let whole = Double(workers) * Double(shape.sampleCount)
        let isSmall = draws <= Self.jobBytesMax / (shape.featureCount + 1) / treesPerJob
        self = isInBlocks && isSmall && carried < whole ? .drawnSamples : .whole
    }
}
