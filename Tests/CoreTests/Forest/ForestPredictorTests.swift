@testable import Forest
@testable import Primitives
import Testing

@Suite struct ForestPredictorTests {
    /// Bins of a random smooth-ish image: neighbours are alike, so that words take one way as well as many.
    private struct RandomTile {
        let width: Int
        let height: Int
        let planeStride: Int
        let bins: [UInt8]

        init(maxSide: Int, featureCount: Int, using random: inout SplitMix64) {
            width = Int.random(in: 1...maxSide, using: &random)
            height = Int.random(in: 1...maxSide, using: &random)
            planeStride = width * height + Int.random(in: 0...20, using: &random)
            var bins = [UInt8](repeating: 0, count: featureCount * planeStride)
            for feature in 0..<featureCount {
                let slope = (Int.random(in: -4...4, using: &random), Int.random(in: -4...4, using: &random))
                let noise = [0, 3, 255].randomElement(using: &random) ?? 0
                for pixel in 0..<width * height {
                    let value =
                        128 + pixel % width * slope.0 + pixel / width * slope.1 + Int.random(in: 0...noise, using: &random)
                    bins[feature * planeStride + pixel] = UInt8(truncatingIfNeeded: value)
                }
            }
            self.bins = bins
        }

        func sample(_ pixel: Int, features: Int) -> [UInt8] { (0..<features).map { bins[$0 * planeStride + pixel] } }
    }

    private func randomForest(classes: Int, using random: inout SplitMix64) throws -> Forest {
        let table = try TrainingTable.random(samples: 20...400, features: 1...9, classes: classes, using: &random)
        let trees = [1, 2, 7, 33].randomElement(using: &random) ?? 1
        let depth: Int? = Bool.random(using: &random) ? nil : 3
        let parameters = try ForestParameters(trees: trees, maxDepth: depth, seed: random.next())
        let grower = TreeGrower()
        return try Forest(
            featureCount: table.featureCount, classCount: classes,
            trees: (0..<trees).map { grower.grow(treeIndex: $0, table: table, parameters: parameters).tree })
    }

    @Test(arguments: 0..<40)
    func `labels and votes of a tile equal those of single pixels`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let classes = [2, 3, 4, 5, 8, 9, 30, 255][seed % 8]
        let forest = try randomForest(classes: classes, using: &random)
        let tile = RandomTile(maxSide: seed % 5 == 0 ? 200 : 40, featureCount: forest.featureCount, using: &random)
        let predictor = ForestPredictor(forest: forest)
        let reference = ReferencePredictor(forest: forest)
        let workspace = PredictionWorkspace(
            blockColumns: [8, 16, 64, 128][seed % 4], blockRows: [8, 24, 64][seed % 3], treesBetweenStops: [1, 2, 8][seed % 3],
            // The other way than the processor's own, every second time: it needs no more than the floor.
            splitsWide: seed / 8 % 2 == 0 && MaskDescent.canSplitWide)
        let count = tile.width * tile.height
        var labels = [UInt8](repeating: 99, count: count)
        var votes = [UInt32](repeating: 99, count: count * classes)
        workspace.labels(
            bins: tile.bins, planeStride: tile.planeStride, width: tile.width, height: tile.height, predictor: predictor,
            into: &labels)
        workspace.votes(
            bins: tile.bins, planeStride: tile.planeStride, width: tile.width, height: tile.height, predictor: predictor,
            into: &votes, targetStride: count)
        var wrong: [Int] = []
        for pixel in 0..<count {
            let sample = tile.sample(pixel, features: forest.featureCount)
            let expected = reference.votes(sample)
            let found = (0..<classes).map { votes[$0 * count + pixel] }
            if found != expected || labels[pixel] != reference.label(sample) { wrong.append(pixel) }
        }
        #expect(wrong.isEmpty, "\(tile.width)×\(tile.height), \(forest.trees.count) trees")
    }

    @Test(arguments: 0..<12)
    func `votes of table rows equal those of single rows`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(500 + seed))
        let classes = [2, 3, 8, 12][seed % 4]
        let forest = try randomForest(classes: classes, using: &random)
        let count = [0, 1, 63, 64, 65, 700][seed % 6]
        let rows = (0..<count * forest.featureCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        let reference = ReferencePredictor(forest: forest)
        var votes = [UInt32](repeating: 99, count: count * classes)
        let workspace = PredictionWorkspace(blockColumns: 16, blockRows: 16, treesBetweenStops: 8)
        workspace.votes(rows: rows, count: count, predictor: ForestPredictor(forest: forest), into: &votes)
        let expected = (0..<count).flatMap { row in
            reference.votes(Array(rows[row * forest.featureCount..<(row + 1) * forest.featureCount]))
        }
        #expect(votes == expected)
    }

    @Test(arguments: 0..<12)
    func `bins of features that no split uses are not read`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed + 500))
        let table = try TrainingTable.random(samples: 20...100, features: 8...12, classes: 3, using: &random)
        let parameters = try ForestParameters(trees: 2, maxDepth: 1 + seed % 2, seed: random.next())
        let grower = TreeGrower()
        let trees = (0..<2).map { grower.grow(treeIndex: $0, table: table, parameters: parameters).tree }
        let forest = try Forest(featureCount: table.featureCount, classCount: 3, trees: trees)
        let predictor = ForestPredictor(forest: forest)
        let used = Set(trees.flatMap(\.feature).filter { $0 != Tree.leafMark }.map(Int.init))
        #expect(predictor.usesFeature == (0..<table.featureCount).map { used.contains($0) })
        #expect(used.count < table.featureCount && predictor.usedFeatures == used.sorted())
        let tile = RandomTile(maxSide: 60, featureCount: table.featureCount, using: &random)
        var other = tile.bins
        for feature in 0..<table.featureCount where !used.contains(feature) {
            for index in 0..<tile.planeStride { other[feature * tile.planeStride + index] ^= 0xA5 }
        }
        var labels = [[UInt8]](repeating: [UInt8](repeating: 99, count: tile.width * tile.height), count: 2)
        for (index, bins) in [tile.bins, other].enumerated() {
            PredictionWorkspace().labels(
                bins: bins, planeStride: tile.planeStride, width: tile.width, height: tile.height, predictor: predictor,
                into: &labels[index])
        }
        #expect(labels[0] == labels[1])
    }

    @Test func `a draw goes to the lowest class, also if it comes about by the last trees`() throws {
        func constant(_ label: Int) throws -> Tree {
            var leaves = [UInt16](repeating: 0, count: 3)
            leaves[label] = 65_535
            return try Tree(feature: [Tree.leafMark], bin: [0], right: [0], leaves: leaves, featureCount: 1, classCount: 3)
        }
        for order in [[2, 2, 2, 1, 1, 1], [1, 1, 2, 2, 0, 0], [2, 2, 2, 0, 0, 0], [2, 2, 2, 2, 0, 0]] {
            let forest = try Forest(featureCount: 1, classCount: 3, trees: order.map(constant))
            var label = [UInt8](repeating: 99, count: 1)
            PredictionWorkspace(blockColumns: 8, blockRows: 8, treesBetweenStops: 1).labels(
                bins: [7], planeStride: 1, width: 1, height: 1, predictor: ForestPredictor(forest: forest), into: &label)
            #expect(label[0] == ReferencePredictor(forest: forest).label([7]), "\(order)")
        }
    }

    @Test(arguments: [254, 255, 256, 511, 700])
    func `counters of many trees do not overflow`(trees: Int) throws {
        let leaf = try Tree(feature: [Tree.leafMark], bin: [0], right: [0], leaves: [65_535, 0], featureCount: 1, classCount: 2)
        let split = try Tree(
            feature: [0, Tree.leafMark, Tree.leafMark], bin: [3, 0, 0], right: [2, 0, 1],
            leaves: [65_535, 0, 0, 65_535], featureCount: 1, classCount: 2)
        let forest = try Forest(
            featureCount: 1, classCount: 2, trees: (0..<trees).map { $0 % 3 == 0 ? leaf : split })
        let bins: [UInt8] = [3, 4, 0, 255, 3]
        let predictor = ForestPredictor(forest: forest)
        let workspace = PredictionWorkspace()
        var votes = [UInt32](repeating: 0, count: 10)
        var labels = [UInt8](repeating: 9, count: 5)
        workspace.votes(bins: bins, planeStride: 5, width: 5, height: 1, predictor: predictor, into: &votes, targetStride: 5)
        workspace.labels(bins: bins, planeStride: 5, width: 5, height: 1, predictor: predictor, into: &labels)
        let reference = ReferencePredictor(forest: forest)
        for pixel in 0..<5 {
            #expect([votes[pixel], votes[5 + pixel]] == reference.votes([bins[pixel]]))
            #expect(labels[pixel] == reference.label([bins[pixel]]))
        }
    }

    @Test func `a degenerate deep tree fits the lists`() throws {
        // A chain that splits one bin value off per level, over two features in turn.
        let depth = 400
        var feature: [UInt16] = []
        var bin: [UInt8] = []
        for level in 0..<depth {
            feature += [UInt16(level % 2), Tree.leafMark]
            bin += [UInt8(min(level / 2, 255)), 0]
        }
        feature.append(Tree.leafMark)
        bin.append(0)
        let right = feature.indices.map { UInt32(feature[$0] == Tree.leafMark ? $0 / 2 % 2 : $0 + 2) }
        let tree = try Tree(
            feature: feature, bin: bin, right: right, leaves: [65_535, 0, 20_000, 45_535], featureCount: 2, classCount: 2)
        let forest = try Forest(featureCount: 2, classCount: 2, trees: [tree, tree, tree])
        var random = SplitMix64(seed: 3)
        let side = 130
        let bins = (0..<2 * side * side).map { _ in UInt8.random(in: 0...255, using: &random) }
        var labels = [UInt8](repeating: 9, count: side * side)
        PredictionWorkspace().labels(
            bins: bins, planeStride: side * side, width: side, height: side, predictor: ForestPredictor(forest: forest),
            into: &labels)
        let reference = ReferencePredictor(forest: forest)
        #expect(labels == (0..<side * side).map { reference.label([bins[$0], bins[side * side + $0]]) })
    }
}
