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
            expect("tree: node 0: expected its right child behind its left subtree at node 4, found \(wrong)", right: right)
        }
        var inner = right
        inner[1] = 1
        expect("tree: node 1: expected its right child behind its left subtree at node 3, found 1", right: inner)
    }

    @Test func `nodes that nothing leads to and missing subtrees are refused`() {
        expect(
            "tree: expected the end behind node 4, found node 5, which nothing leads to", feature: feature + [Tree.leafMark],
            bin: bin + [0], right: right + [0])
        expect(
            "tree: expected another subtree behind node 3, found the end", feature: Array(feature[..<4]), bin: Array(bin[..<4]),
            right: Array(right[..<4]))
        expect("tree: expected another subtree behind node 0, found the end", feature: [0], bin: [0], right: [1])
        expect("tree: expected at least one node, found none", feature: [], bin: [], right: [])
    }

    @Test func `arrays of different lengths are refused`() {
        expect("tree: expected arrays of one length, found 5 features, 4 bins and 5 right children", bin: Array(bin[..<4]))
        expect("tree: expected arrays of one length, found 5 features, 5 bins and 6 right children", right: right + [0])
    }

    @Test func `leaf rows must exist and sum to the total`() {
        expect("tree: leaf row 1: expected a sum of 65535, found 65534", leaves: [65_535, 0, 30_000, 35_534])
        expect("tree: leaf row 0: expected a sum of 65535, found 131070", leaves: [65_535, 65_535, 30_000, 35_535])
        expect("tree: expected leaf rows of 2 classes, found 3 values", leaves: [65_535, 0, 0])
        expect("tree: expected leaf rows of 2 classes, found 0 values", leaves: [])
        expect("tree: node 3: expected a leaf row below 2, found 2", right: [4, 3, 0, 2, 0])
        expect("tree: node 2: expected bin 0 at a leaf, found 9", bin: [10, 20, 9, 0, 0])
    }

    @Test func `a feature out of range is refused`() {
        expect("tree: node 1: expected a feature below 2, found 2", feature: [1, 2, 0xFFFF, 0xFFFF, 0xFFFF])
        expect("tree: node 1: expected a feature below 2, found 65534", feature: [1, 0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF])
    }

    @Test func `random damage is refused or leaves a tree that can be walked`() throws {
        var walkedCount = 0
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
            walkedCount += 1
            for sample in [[UInt8(0), 0], [255, 0], [0, 255], [255, 255]] {
                #expect(tree.leafRow(of: sample) < 2, "seed \(seed)")
            }
        }
        #expect(walkedCount > 100 && walkedCount < 1_900, "\(walkedCount) trees were accepted")
    }

    @Test func `a forest names the tree that is wrong`() throws {
        let good = try Tree(feature: feature, bin: bin, right: right, leaves: leaves, featureCount: 2, classCount: 2)
        #expect(throws: ForestError("forest: tree 1: tree: expected leaf rows of 2 classes, found 5 values")) {
            try Forest(
                featureCount: 2, classCount: 2,
                trees: [good, Tree(unchecked: (feature, bin, right, [65_535, 0, 0, 65_535, 0]))])
        }
        #expect(throws: ForestError("forest: expected 1 to 65536 trees, found 0")) {
            try Forest(featureCount: 2, classCount: 2, trees: [])
        }
        #expect(throws: ForestError("forest: expected 2 to 255 classes, found 256")) {
            try Forest(featureCount: 2, classCount: 256, trees: [good])
        }
        #expect(throws: ForestError("forest: expected 1 to 1000 features, found 0")) {
            try Forest(featureCount: 0, classCount: 2, trees: [good])
        }
    }

    private func expect(
        _ message: String, feature: [UInt16]? = nil, bin: [UInt8]? = nil, right: [UInt32]? = nil, leaves: [UInt16]? = nil,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: ForestError(message), sourceLocation: location) {
            try Tree.validate(
                feature: feature ?? self.feature, bin: bin ?? self.bin, right: right ?? self.right,
                leaves: leaves ?? self.leaves, featureCount: 2, classCount: 2)
        }
        #expect(!message.contains("\n"), sourceLocation: location)
    }
}
