@testable import Forest
@testable import Primitives
import Testing

@Suite struct TreeGrowerTests {
    @Test(arguments: 0..<60)
    func `a tree equals the plainly grown one`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let classes = [2, 2, 3, 4, 5, 8, 9, 12][seed % 8]
        let table = try TrainingTable.random(samples: 1...120, features: 1...20, classes: classes, using: &random)
        let parameters = try ForestParameters.random(using: &random)
        try expectEqualTrees(table, parameters)
    }

    @Test(arguments: 0..<6)
    func `a tree of a table with large nodes equals the plainly grown one`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(1_000 + seed))
        let classes = [2, 3, 4, 7, 11, 255][seed]
        let table = try TrainingTable.random(samples: 700...900, features: 2...5, classes: classes, using: &random)
        let parameters = try ForestParameters(
            maxDepth: 6, minSamplesLeaf: seed % 2 + 1, classWeight: seed % 3 == 0 ? .balanced : .none, seed: UInt64(seed))
        try expectEqualTrees(table, parameters)
    }

    @Test(arguments: 0..<12)
    func `the way of searching a node does not change the tree`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(2_000 + seed))
        let classes = [2, 3, 5, 8, 9, 40][seed % 6]
        let table = try TrainingTable.random(samples: 200...600, features: 3...12, classes: classes, using: &random)
        let parameters = try ForestParameters.random(using: &random)
        let usual = TreeGrower().grow(treeIndex: 0, table: table, parameters: parameters)
        for (samplesMax, drawsMax) in [(0, 31), (256, 31), (256, 1)] {
            let other = TreeGrower(sortedSamplesMax: samplesMax, sortedDrawsMax: drawsMax)
            let isEqual = other.grow(treeIndex: 0, table: table, parameters: parameters) == usual
            #expect(isEqual, "\(samplesMax), \(drawsMax)")
        }
    }

    @Test func `a tree does not depend on the trees its grower grew before`() throws {
        var random = SplitMix64(seed: 7)
        let large = try TrainingTable.random(samples: 900...900, features: 9...9, classes: 12, using: &random)
        let small = try TrainingTable.random(samples: 60...60, features: 4...4, classes: 3, using: &random)
        let parameters = try ForestParameters(seed: 11)
        let grower = TreeGrower()
        for index in [5, 0, 3] { _ = grower.grow(treeIndex: index, table: large, parameters: parameters) }
        for index in [2, 1] {
            let fresh = TreeGrower().grow(treeIndex: index, table: small, parameters: parameters)
            #expect(grower.grow(treeIndex: index, table: small, parameters: parameters) == fresh)
        }
        let again = TreeGrower().grow(treeIndex: 3, table: large, parameters: parameters)
        #expect(grower.grow(treeIndex: 3, table: large, parameters: parameters) == again)
        #expect(again != TreeGrower().grow(treeIndex: 4, table: large, parameters: parameters))
    }

    @Test func `every tree passes validation`() throws {
        for seed in 0..<20 {
            var random = SplitMix64(seed: UInt64(3_000 + seed))
            let table = try TrainingTable.random(samples: 1...300, features: 1...9, classes: 2 + seed, using: &random)
            let tree = TreeGrower().grow(treeIndex: 0, table: table, parameters: try .random(using: &random)).tree
            #expect(throws: Never.self, "seed \(seed)") {
                try Tree.validate(
                    feature: tree.feature, bin: tree.bin, right: tree.right, leaves: tree.leaves,
                    featureCount: table.featureCount, classCount: table.classCount)
            }
        }
    }

    @Test func `every value of a feature is separated, and leaf rows are stored once`() throws {
        let count = 20_000
        let bins = (0..<count).map { UInt8($0 % 256) }
        let classes = bins.map { $0 % 2 }
        let table = try TrainingTable(featureCount: 1, classCount: 2, bins: bins, classes: classes)
        let grown = TreeGrower().grow(treeIndex: 0, table: table, parameters: try ForestParameters())
        #expect(grown.tree.nodeCount == 511)
        #expect(grown.tree.leaves == [65_535, 0, 0, 65_535])
        #expect(grown.importances == [1])
    }

    @Test func `importances sum to one and leave out useless features`() throws {
        var random = SplitMix64(seed: 5)
        var bins: [UInt8] = []
        var classes: [UInt8] = []
        for _ in 0..<500 {
            let value = UInt8.random(in: 0...255, using: &random)
            bins += [value, 7, UInt8.random(in: 0...255, using: &random)]
            classes.append(value / 64)
        }
        let table = try TrainingTable(featureCount: 3, classCount: 4, bins: bins, classes: classes)
        let grown = TreeGrower().grow(treeIndex: 0, table: table, parameters: try ForestParameters(maxFeatures: .all))
        #expect(abs(grown.importances.reduce(0, +) - 1) < 1e-12)
        #expect(grown.importances[1] == 0)
        #expect(grown.importances[0] > 0.99)
    }

    @Test func `depth and leaf limits hold`() throws {
        var random = SplitMix64(seed: 6)
        let table = try TrainingTable.random(samples: 400...400, features: 6...6, classes: 3, using: &random)
        let parameters = try ForestParameters(maxDepth: 5, minSamplesLeaf: 9, maxSamples: .fraction(0.6), seed: 1)
        let grower = TreeGrower()
        let tree = grower.grow(treeIndex: 0, table: table, parameters: parameters).tree
        #expect(tree.depth <= 5)
        #expect(grower.bootstrap.counts.reduce(0, +) == 240)
        var samplesOfLeaf: [Int: Int] = [:]
        for sample in 0..<table.sampleCount where grower.bootstrap.counts[sample] > 0 {
            var node = 0
            while tree.feature[node] != Tree.leafMark {
                let goesLeft = table.bins[sample * 6 + Int(tree.feature[node])] <= tree.bin[node]
                node = goesLeft ? node + 1 : Int(tree.right[node])
            }
            samplesOfLeaf[node, default: 0] += 1
        }
        #expect(samplesOfLeaf.count == tree.feature.count { $0 == Tree.leafMark })
        #expect(samplesOfLeaf.values.allSatisfy { $0 >= 9 })
    }

    private func expectEqualTrees(_ table: TrainingTable, _ parameters: ForestParameters) throws {
        let grower = TreeGrower()
        for index in 0..<2 {
            var reference = ReferenceGrower(table: table, parameters: parameters, tree: index)
            let expected = reference.grow()
            let grown = grower.grow(treeIndex: index, table: table, parameters: parameters)
            // A tree printed by the macro would fill pages.
            let isEqual = grown.tree == expected
            #expect(isEqual, "tree \(index), \(parameters)")
        }
    }
}
