@testable import Forest
@testable import Primitives
import Testing

@Suite struct TreeValidationTests {
    /// Two splits and three leaves: 0 → (1 → (2, 3), 4).
    private let feature: [UInt16] = [1, 0, Tree.leafMark, Tree.leafMark, Tree.leafMark]
    private let bin: [UInt8] = [10, 20, 0, 0, 0]
    private let right: [UInt32] = [4, 3, 0, 1, 0]
    private let leaves: [UInt16] = [65_535, 0, 30_000, 35_535]

    @Test func `a well-formed tree is accepted`() throws {
        let tree = try Tree(feature: feature, bin: bin, right: right, leaves: leaves, featureCount: 2, classCount: 2)
        #expect(tree.depth == 2)
        let leaf = try Tree(
            feature: [Tree.leafMark], bin: [0], right: [0], leaves: [0, 65_535], featureCount: 1, classCount: 2)
        #expect(leaf.depth == 0)
    }

    @Test func `a right child that points back, to itself, into the left subtree or past the end is refused`() {
        for wrong: UInt32 in [0, 1, 2, 3, 5, .max] {
            var right = right
            right[0] = wrong
            expect(.rightChild(node: 0, expected: 4, found: Int(wrong)), right: right)
        }
        var inner = right
        inner[1] = 1
        expect(.rightChild(node: 1, expected: 3, found: 1), right: inner)
    }

    @Test func `nodes that nothing leads to and missing subtrees are refused`() {
        expect(
            .unreachable(node: 5), feature: feature + [Tree.leafMark], bin: bin + [0], right: right + [0])
        expect(.unfinished(nodes: 4), feature: Array(feature[..<4]), bin: Array(bin[..<4]), right: Array(right[..<4]))
        expect(.unfinished(nodes: 1), feature: [0], bin: [0], right: [1])
        expect(.empty, feature: [], bin: [], right: [])
    }

    @Test func `arrays of different lengths are refused`() {
        expect(.arrayLengths(feature: 5, bin: 4, right: 5), bin: Array(bin[..<4]))
        expect(.arrayLengths(feature: 5, bin: 5, right: 6), right: right + [0])
    }

    @Test func `leaf rows must exist and sum to the total`() {
        expect(.leafSum(row: 1, sum: 65_534), leaves: [65_535, 0, 30_000, 35_534])
        expect(.leafSum(row: 0, sum: 131_070), leaves: [65_535, 65_535, 30_000, 35_535])
        expect(.leafShape(values: 3, classCount: 2), leaves: [65_535, 0, 0])
        expect(.leafShape(values: 0, classCount: 2), leaves: [])
        expect(.leafRow(node: 3, row: 2, rows: 2), right: [4, 3, 0, 2, 0])
        expect(.leafBin(node: 2, bin: 9), bin: [10, 20, 9, 0, 0])
    }

    @Test func `a feature out of range is refused`() {
        expect(.feature(node: 1, feature: 2, featureCount: 2), feature: [1, 2, 0xFFFF, 0xFFFF, 0xFFFF])
        expect(.feature(node: 1, feature: 0xFFFE, featureCount: 2), feature: [1, 0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF])
    }

    @Test func `random damage is refused or leaves a tree that can be walked`() throws {
        for seed in 0..<2_000 {
            var random = SplitMix64(seed: UInt64(seed))
            var feature = feature
            var bin = bin
            var right = right
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let node = Int.random(in: feature.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: feature[node] = [0, 1, 2, Tree.leafMark].randomElement(using: &random) ?? 0
                case 1: bin[node] = UInt8.random(in: 0...255, using: &random)
                default: right[node] = UInt32.random(in: 0...6, using: &random)
                }
            }
            let tree = try? Tree(feature: feature, bin: bin, right: right, leaves: leaves, featureCount: 2, classCount: 2)
            guard let tree else { continue }
            for sample in [[UInt8(0), 0], [255, 0], [0, 255], [255, 255]] {
                #expect(tree.leafRow(of: sample) < 2, "seed \(seed)")
            }
        }
    }

    @Test func `a forest names the tree that is wrong`() throws {
        let good = try Tree(feature: feature, bin: bin, right: right, leaves: leaves, featureCount: 2, classCount: 2)
        #expect(throws: ForestError.tree(index: 1, .leafShape(values: 5, classCount: 2))) {
            try Forest(
                featureCount: 2, classCount: 2,
                trees: [good, Tree(unchecked: (feature, bin, right, [65_535, 0, 0, 65_535, 0]))])
        }
        #expect(throws: ForestError.trees(0)) { try Forest(featureCount: 2, classCount: 2, trees: []) }
        #expect(throws: ForestError.classes(256)) { try Forest(featureCount: 2, classCount: 256, trees: [good]) }
        #expect(throws: ForestError.features(0)) { try Forest(featureCount: 0, classCount: 2, trees: [good]) }
    }

    private func expect(
        _ error: TreeError, feature: [UInt16]? = nil, bin: [UInt8]? = nil, right: [UInt32]? = nil, leaves: [UInt16]? = nil,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: error, sourceLocation: location) {
            try Tree.validate(
                feature: feature ?? self.feature, bin: bin ?? self.bin, right: right ?? self.right,
                leaves: leaves ?? self.leaves, featureCount: 2, classCount: 2)
        }
        #expect(!error.description.contains("\n"), sourceLocation: location)
    }
}
