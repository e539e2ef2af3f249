/// The buffers with which one slot applies forests, and the entry points. Not thread-safe; reused from tile to tile and model to
/// model.
///
/// Memory per pixel of a block (128×128): a byte per feature, up to 8 bytes of counters, four bytes per class if leaves are
/// mixed or there are more than eight classes, and 25 bytes of lists; 1.7 MB at 72 features and a few classes.
package final class PredictionWorkspace {
    /// Pixels of a block: side lengths are multiples of eight.
    private let blockColumns: Int
    private let blockRows: Int
    /// Trees between two looks for pixels that are decided.
    private let treesBetweenStops: Int
    private let splitsWide: Bool
    private let block: PixelBlock
    private let counters: VoteCounters
    /// `[word][pixel]`: classes.
    private let leaders: UnsafeMutablePointer<UInt8>
    /// `[word]`: pixels that are not decided.
    private let alive: UnsafeMutablePointer<UInt64>
    private let masks: UnsafeMutablePointer<UInt64>
    private let words: UnsafeMutablePointer<Int32>
    private let waiting: UnsafeMutablePointer<MaskDescent.Waiting>

    /// A workspace for blocks of the size that is fastest on common caches.
    package convenience init() { self.init(blockColumns: 128, blockRows: 128, treesBetweenStops: 8) }

    /// - Parameters: block sizes, multiples of eight, and the trees between two stops; they change the speed, never the result.
    init(
        blockColumns: Int, blockRows: Int, treesBetweenStops: Int, splitsWide: Bool = MaskDescent.canSplitWide
    ) {
        precondition(blockColumns % 8 == 0 && blockRows % 8 == 0 && blockColumns * blockRows > 0, "\(blockColumns)×\(blockRows)")
        precondition(treesBetweenStops >= 1, "\(treesBetweenStops) trees")
        self.blockColumns = blockColumns
        self.blockRows = blockRows
        self.treesBetweenStops = treesBetweenStops
        self.splitsWide = splitsWide
        let wordCount = blockColumns * blockRows / 64
        block = PixelBlock(capacity: wordCount)
        counters = VoteCounters(wordCapacity: wordCount)
        leaders = .allocate(capacity: wordCount * 64)
        alive = .allocate(capacity: wordCount)
        // Lists that wait and the current one hold different pixels, and a split needs room for one list more.
        let entries = wordCount * 64 + wordCount + MaskDescent.entriesBeyond
        waiting = .allocate(capacity: entries)
        masks = .allocate(capacity: entries)
        words = .allocate(capacity: entries)
    }

    deinit {
        leaders.deallocate()
        alive.deallocate()
        masks.deallocate()
        words.deallocate()
        waiting.deallocate()
    }

    /// The class with the most votes of every pixel, the lowest class among equals.
    ///
    /// A pixel leaves early, without a change of the result, as soon as its leading class is ahead by more votes than the
    /// remaining trees have.
    ///
    /// - Parameters:
    ///   - bins: `[feature][row][column]` of a tile, row-major, planes `planeStride` ≥ width · height bytes apart; those of features that
    ///     no split uses are not read.
    ///   - target: `[row][column]`, class indices.
    package func labels(
        bins: UnsafePointer<UInt8>, planeStride: Int, width: Int, height: Int, predictor: ForestPredictor,
        into target: UnsafeMutablePointer<UInt8>
    ) {
        forEachBlock(bins, planeStride, width, height, predictor) {
            run(predictor, stopsEarly: true)
            for word in 0..<block.wordCount { counters.leaders(word: word, into: leaders + word * 64) }
            block.forEachRun(sampleCount: width * height) { pixel, position, count in
                (target + position).update(from: leaders + pixel, count: count)
            }
        }
    }

    /// The votes of all trees: `[class][row][column]`, each at most trees · `Tree.leafTotal`; their sum over the classes is
    /// exactly that.
    ///
    /// - Parameters: as for `labels`; classes of `target` are `targetStride` ≥ width · height sums apart.
    package func votes(
        bins: UnsafePointer<UInt8>, planeStride: Int, width: Int, height: Int, predictor: ForestPredictor,
        into target: UnsafeMutablePointer<UInt32>, targetStride: Int
    ) {
        let pixelCount = width * height
        precondition(targetStride >= pixelCount, "\(pixelCount) pixels, classes \(targetStride) apart")
        forEachBlock(bins, planeStride, width, height, predictor) {
            run(predictor, stopsEarly: false)
            for label in 0..<predictor.classCount {
                let plane = target + label * targetStride
                block.forEachRun(sampleCount: pixelCount) { pixel, position, count in
                    for offset in 0..<count { plane[position + offset] = counters.votes(pixel: pixel + offset, label: label) }
                }
            }
        }
    }

    /// The votes of all trees on the rows of a table: `[sample][class]`.
    ///
    /// - Parameter rows: `[sample][feature]` bins, row-major.
    package func votes(
        rows: UnsafePointer<UInt8>, count: Int, predictor: ForestPredictor, into target: UnsafeMutablePointer<UInt32>
    ) {
        precondition(count >= 0, "\(count) rows")
        let blockLength = blockColumns * blockRows
        for first in stride(from: 0, to: count, by: blockLength) {
            block.take(
                first: first, count: min(blockLength, count - first), of: rows + first * predictor.featureCount,
                featureCount: predictor.featureCount)
            run(predictor, stopsEarly: false)
            block.forEachRun(sampleCount: count) { pixel, position, count in
                for offset in 0..<count {
                    for label in 0..<predictor.classCount {
                        target[(position + offset) * predictor.classCount + label] = counters.votes(
                            pixel: pixel + offset, label: label)
                    }
                }
            }
        }
    }

    /// Takes the blocks of a tile one by one.
    private func forEachBlock(
        _ bins: UnsafePointer<UInt8>, _ planeStride: Int, _ width: Int, _ height: Int, _ predictor: ForestPredictor,
        _ body: () -> Void
    ) {
        precondition(
            width >= 1 && height >= 1 && planeStride >= width * height, "\(width)×\(height), planes \(planeStride) apart")
        for y in stride(from: 0, to: height, by: blockRows) {
            for x in stride(from: 0, to: width, by: blockColumns) {
                block.take(
                    x: x, y: y, columns: blockColumns, rows: blockRows, of: bins, sourceStride: planeStride, width: width,
                    height: height, featureCount: predictor.featureCount, features: predictor.usedFeatures)
                body()
            }
        }
    }

    /// Applies the forest to the block at hand.
    private func run(_ predictor: ForestPredictor, stopsEarly: Bool) {
        let wordCount = block.wordCount
        counters.start(words: wordCount, predictor: predictor)
        for word in 0..<wordCount { alive[word] = block.inUse[word] }
        predictor.nodes.withUnsafeBufferPointer { nodes in
            predictor.mixedRows.withUnsafeBufferPointer { mixedRows in
                guard let nodes = nodes.baseAddress else { return }
                for tree in 0..<predictor.treeCount {
                    let isStop =
                        tree * 2 >= predictor.treeCount && (tree - (predictor.treeCount + 1) / 2) % treesBetweenStops == 0
                    if stopsEarly && isStop {
                        for word in 0..<wordCount where alive[word] != 0 {
                            let treesLeft = predictor.treeCount - tree
                            alive[word] = counters.undecided(word: word, mask: alive[word], treesLeft: treesLeft)
                        }
                    }
                    var listed = 0
                    for word in 0..<wordCount {
                        masks[listed] = alive[word]
                        words[listed] = Int32(word * 64)
                        listed += alive[word] != 0 ? 1 : 0
                    }
                    if listed == 0 { return }
                    let descent = MaskDescent(
                        nodes: nodes, mixedRows: mixedRows.baseAddress ?? UnsafePointer(counters.sums), bins: block.bins,
                        planeStride: block.planeStride, masks: masks, words: words, waiting: waiting, pureMasks: counters.masks,
                        maskStride: counters.maskStride, isMasked: counters.isMasked, sums: counters.sums,
                        classSlots: predictor.classSlots, splitsWide: splitsWide)
                    descent.descend(root: predictor.roots[tree], count: listed)
                    counters.endTree()
                }
            }
        }
    }
}
