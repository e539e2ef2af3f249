package import Features
package import Forest
package import Foundation

/// A trained model: forest, the features it reads, and the classes it tells apart. The document of `model.json`.
package struct SegmentationModel: Sendable, Equatable {
    /// The value of `format` in the file.
    package static let format = "coppice-model"
    /// The value of `version` in the file. A reader refuses every other one.
    package static let formatVersion = 1
    /// A model document larger than this is refused unread.
    package static let bytesMax = 1 << 31

    package let classes: [SegmentationClass]
    package let input: ModelInput
    package let edges: BinEdges
    package let forest: Forest
    package let training: TrainingRecord

    /// - Throws: `WireError.invalid` when the parts do not fit each other.
    package init(
        classes: [SegmentationClass], input: ModelInput, edges: BinEdges, forest: Forest, training: TrainingRecord
    ) throws(WireError) {
        func expect(_ what: String, _ expected: Int, _ found: Int) throws(WireError) {
            guard expected == found else { throw .invalid("\(what): expected \(expected), found \(found)") }
        }
        guard (2...255).contains(classes.count) else {
            throw .invalid("classes: expected 2 to 255, found \(classes.count)")
        }
        for (lower, upper) in zip(classes, classes.dropFirst()) where lower.label >= upper.label {
            throw .invalid("classes: expected ascending labels, found \(lower.label) before \(upper.label)")
        }
        let labels = if case .pixels = input { 1...65535 } else { 0...Int(Int32.max) }
        for one in classes where !labels.contains(one.label) {
            throw .invalid("classes: expected labels from \(labels.lowerBound) to \(labels.upperBound), found \(one.label)")
        }
        let features = input.featureCount
        try expect("edges: features", features, edges.featureCount)
        try expect("forest: features", features, forest.featureCount)
        try expect("forest: classes", classes.count, forest.classCount)
        guard !forest.trees.isEmpty else { throw .invalid("trees: expected at least one, found none") }
        try expect("training.importances", features, training.importances.count)
        try expect("training.samplesPerClass", classes.count, training.samplesPerClass.count)
        try expect("training.outOfBag.confusion: rows", classes.count, training.outOfBag.confusion.count)
        for row in training.outOfBag.confusion { try expect("training.outOfBag.confusion: columns", classes.count, row.count) }
        self.classes = classes
        self.input = input
        self.edges = edges
        self.forest = forest
        self.training = training
    }

    /// Reads and validates a model document.
    ///
    /// - Throws: `WireError.invalid` that names the place, what was expected and what was found.
    package init(decoding bytes: Data) throws(WireError) {
        guard bytes.count <= Self.bytesMax else {
            throw .invalid("model: expected at most \(Self.bytesMax) bytes, found \(bytes.count)")
        }
        self = try WireJSON.decode(SegmentationModel.self, from: bytes)
    }

    /// The model's document, canonical JSON ending in a line feed: the bytes of `model.json`.
    package func encoded() throws -> Data {
        var bytes = try WireJSON.encode(self)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// The index of the class with this label; nil if there is none.
    package func classIndex(ofLabel label: Int) -> Int? { classes.firstIndex { $0.label == label } }
}

extension SegmentationModel: Codable {
    package init(from decoder: any Decoder) throws {
        self = try ModelDocument(from: decoder).model()
    }

    package func encode(to encoder: any Encoder) throws {
        try ModelDocument(self).encode(to: encoder)
    }
}

/// The keys of `model.json`.
private struct ModelDocument: Codable {
    var format: String
    var version: Int
    var classes: [SegmentationClass]
    var features: ModelInput
    var edges: [WireArray]
    var trees: [TreeDocument]
    var training: TrainingRecord

    private enum CodingKeys: String, CodingKey { case format, version, classes, features, edges, trees, training }

    init(_ model: SegmentationModel) {
        format = SegmentationModel.format
        version = SegmentationModel.formatVersion
        classes = model.classes
        features = model.input
        edges = (0..<model.edges.featureCount).map { WireArray(model.edges.edges(ofFeature: $0), .float32) }
        trees = model.forest.trees.map { TreeDocument($0, classCount: model.classes.count) }
        training = model.training
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = try container.decode(String.self, forKey: .format)
        guard format == SegmentationModel.format else {
            throw WireError.invalid("format: expected \"\(SegmentationModel.format)\", found \"\(format.prefix(80))\"")
        }
        version = try container.decode(Int.self, forKey: .version)
        guard version == SegmentationModel.formatVersion else {
            throw WireError.invalid("version: expected \(SegmentationModel.formatVersion), found \(version)")
        }
        classes = try container.decode([SegmentationClass].self, forKey: .classes)
        features = try container.decode(ModelInput.self, forKey: .features)
        edges = try container.decode([WireArray].self, forKey: .edges)
        trees = try container.decode([TreeDocument].self, forKey: .trees)
        training = try container.decode(TrainingRecord.self, forKey: .training)
    }

    func model() throws(WireError) -> SegmentationModel {
        var lists: [[Float]] = []
        for (feature, array) in edges.enumerated() {
            try array.require(.float32, [nil], "edges[\(feature)]")
            lists.append(array.elements(as: Float.self))
        }
        let binEdges: BinEdges
        do {
            binEdges = try BinEdges(lists)
        } catch {
            throw .invalid("edges: \(error)")
        }
        guard (2...255).contains(classes.count) else {
            throw .invalid("classes: expected 2 to 255, found \(classes.count)")
        }
        var grown: [Tree] = []
        grown.reserveCapacity(trees.count)
        for (index, document) in trees.enumerated() {
            grown.append(
                try document.tree(
                    featureCount: features.featureCount, classCount: classes.count, place: "trees[\(index)]"))
        }
        let forest: Forest
        do {
            forest = try Forest(featureCount: features.featureCount, classCount: classes.count, trees: grown)
        } catch {
            throw .invalid("trees: \(error)")
        }
        return try SegmentationModel(
            classes: classes, input: features, edges: binEdges, forest: forest, training: training)
    }
}
