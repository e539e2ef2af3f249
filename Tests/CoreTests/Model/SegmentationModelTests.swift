@testable import Features
@testable import Forest
import Foundation
internal import Imaging
@testable import Primitives
@testable import Protocol
import Testing

@Suite struct SegmentationModelTests {
    /// A small model, as training would make it.
    static func model(classCount: Int = 3, trees: Int = 4) throws -> SegmentationModel {
        let spec = try FeatureSpec(families: [.intensity, .edges], sigmas: [1, 2], channels: 1)
        var random = SplitMix64(seed: 11)
        let samples = 200
        let bins = (0..<samples * spec.featureCount).map { _ in UInt8(random.next() % 4) }
        let classes = (0..<samples).map { UInt8(Int(bins[$0 * spec.featureCount]) % classCount) }
        let table = try TrainingTable(featureCount: spec.featureCount, classCount: classCount, bins: bins, classes: classes)
        let parameters = try ForestParameters(trees: trees, maxDepth: 5, seed: 5)
        let grower = TreeGrower()
        let grown = (0..<trees).map { grower.grow(treeIndex: $0, table: table, parameters: parameters).tree }
        return try SegmentationModel(
            classes: (0..<classCount).map {
                SegmentationClass(label: $0 * 7 + 1, name: "klass \($0)", colour: .classColour($0))
            },
            input: .pixels(spec, .uint8),
            edges: BinEdges((0..<spec.featureCount).map { _ in [0.1, 0.25, 0.7] }),
            forest: Forest(featureCount: spec.featureCount, classCount: classCount, trees: grown),
            training: TrainingRecord(
                parameters: parameters, samplesPerClass: table.samplesOfClass,
                outOfBag: .init(
                    samples: 0, accuracy: nil,
                    confusion: [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)),
                importances: [0.25, 0.25, 0.25, 0.25], table: ContentHash(of: Data())))
    }

    @Test func `a model comes back equal, and its document is the same bytes again`() throws {
        let model = try Self.model()
        let bytes = try model.encoded()
        let read = try SegmentationModel(decoding: bytes)
        #expect(read == model)
        #expect(try read.encoded() == bytes)
    }

    /// Edits of the document that must be refused, and words that the message must hold.
    @Test(arguments: [
        ("version", "2", "version"), ("format", "\"other\"", "format"), ("trees", "[]", "trees"),
        ("classes", "[]", "classes"), ("edges", "[]", "edges"), ("training", "{}", "training"), ("features", "{}", "features"),
        ("trees", "[{}]", "trees[0]"), ("classes", "{\"a\":1}", "classes"),
    ])
    func `a document with a wrong part is refused`(key: String, value: String, word: String) throws {
        var document = try #require(
            JSONSerialization.jsonObject(with: Self.model().encoded()) as? [String: Any])
        document[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
        let bytes = try JSONSerialization.data(withJSONObject: document)
        let error = #expect(throws: WireError.self) { try SegmentationModel(decoding: bytes) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    /// Edits of one tree's arrays.
    @Test(arguments: ["cycle", "child out of range", "feature out of range", "bad sum", "short array", "leaf row out of range"])
    func `a tree that breaks an invariant is refused`(damage: String) throws {
        let model = try Self.model()
        var document = TreeDocument(model.forest.trees[0], classCount: 3)
        var feature = document.feature.elements(as: UInt16.self)
        var right = document.right.elements(as: UInt32.self)
        var leaves = document.leaves.elements(as: UInt16.self)
        let leaf = try #require(feature.firstIndex(of: Tree.leafMark))
        switch damage {
        case "cycle": right[0] = 0
        case "child out of range": right[0] = 1 << 30
        case "feature out of range": feature[0] = 4
        case "bad sum": leaves[0] ^= 1
        case "short array": feature.removeLast()
        default: right[leaf] = 9999
        }
        document.feature = WireArray(feature, .uint16)
        document.right = WireArray(right, .uint32)
        document.leaves = WireArray(leaves, .uint16, shape: document.leaves.shape)
        let error = #expect(throws: WireError.self) { try document.tree(featureCount: 4, classCount: 3, place: "trees[0]") }
        #expect(error?.description.hasPrefix("trees[0]") == true)
    }

    @Test func `a truncated document is refused at every length`() throws {
        let bytes = try Self.model(trees: 1).encoded()
        for count in stride(from: 0, to: bytes.count - 2, by: 97) {
            #expect(throws: WireError.self) { try SegmentationModel(decoding: bytes.prefix(count)) }
        }
    }
}
