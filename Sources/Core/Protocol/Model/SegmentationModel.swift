package import Features
package import Forest
package import Foundation
package import Imaging
package import Primitives

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
    /// Which channels of the training images are used; nil for all, where they have no names.
    package let channels: ModelChannels?
    package let edges: BinEdges
    package let forest: Forest
    package let training: TrainingRecord

    /// - Throws: `WireError.invalid` when the parts do not fit each other.
    package init(
        classes: [SegmentationClass], input: ModelInput, channels: ModelChannels? = nil, edges: BinEdges, forest: Forest,
        training: TrainingRecord
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
        if let channels {
            let count = if case .pixels(let spec, _) = input { spec.channels } else { 0 }
            try expect("channels: positions", count, channels.positions.count)
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
        self.channels = channels
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
    var channels: ModelChannels?
    var edges: [WireArray]
    var trees: [TreeDocument]
    var training: TrainingRecord

    private enum CodingKeys: String, CodingKey { case format, version, classes, features, channels, edges, trees, training }

    init(_ model: SegmentationModel) {
        format = SegmentationModel.format
        version = SegmentationModel.formatVersion
        classes = model.classes
        features = model.input
        channels = model.channels
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
        channels = try container.decodeIfPresent(ModelChannels.self, forKey: .channels)
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
            classes: classes, input: features, channels: channels, edges: binEdges, forest: forest, training: training)
    }
}

/// One class of a model: the label value that stands for it in label maps, its name and its colour.
package struct SegmentationClass: Codable, Hashable, Sendable {
    /// The value in the training label maps and in the output; 1…65535 for images, 0 and above for tables.
    package var label: Int
    package var name: String
    /// `#RRGGBB`.
    package var colour: RGBColour

    package init(label: Int, name: String, colour: RGBColour) {
        self.label = label
        self.name = name
        self.colour = colour
    }
}

/// How a model came to be: enough to train it again, and to judge it.
package struct TrainingRecord: Codable, Hashable, Sendable {
    /// Accuracy on samples that a tree had not seen, voted by just those trees.
    package struct OutOfBagRecord: Codable, Hashable, Sendable {
        /// Samples judged: each was left out by at least one tree.
        package var samples: Int
        /// Share of them given their own class, 0…1; nil when none was judged.
        package var accuracy: Double?
        /// Counts `[truth][predicted]`, classes in the model's order.
        package var confusion: [[Int]]

        package init(samples: Int, accuracy: Double?, confusion: [[Int]]) {
            self.samples = samples
            self.accuracy = accuracy
            self.confusion = confusion
        }
    }

    package var parameters: ForestParameters
    /// Labelled samples of each class, in the model's order.
    package var samplesPerClass: [Int]
    package var outOfBag: OutOfBagRecord
    /// Mean decrease in impurity of each feature, in the model's order; sums to 1 unless no tree splits.
    package var importances: [Double]
    /// SHA-256 of the training table.
    package var table: ContentHash

    package init(
        parameters: ForestParameters, samplesPerClass: [Int], outOfBag: OutOfBagRecord, importances: [Double], table: ContentHash
    ) {
        self.parameters = parameters
        self.samplesPerClass = samplesPerClass
        self.outOfBag = outOfBag
        self.importances = importances
        self.table = table
    }
}

/// A tree in a model file and in a tree job's result: four packed arrays, nodes in preorder.
///
/// Node `i` is a split if `feature[i]` is not 65535: it sends a sample to node `i + 1` when the sample's bin of that feature is
/// at most `bin[i]`, else to node `right[i]`. A leaf's `right[i]` is its row in `leaves`, whose values sum to 65535.
package struct TreeDocument: Codable, Hashable, Sendable {
    /// uint16 `[nodes]`.
    package var feature: WireArray
    /// uint8 `[nodes]`.
    package var bin: WireArray
    /// uint32 `[nodes]`.
    package var right: WireArray
    /// uint16 `[rows][classes]`.
    package var leaves: WireArray

    package init(_ tree: Tree, classCount: Int) {
        feature = WireArray(tree.feature, .uint16)
        bin = WireArray(tree.bin, .uint8)
        right = WireArray(tree.right, .uint32)
        leaves = WireArray(tree.leaves, .uint16, shape: [tree.leaves.count / classCount, classCount])
    }

    /// The tree, after all its invariants have been checked.
    ///
    /// - Parameter place: how messages name the tree, such as `trees[3]`.
    package func tree(featureCount: Int, classCount: Int, place: String) throws(WireError) -> Tree {
        try feature.require(.uint16, [nil], "\(place).feature")
        let nodes = feature.count
        try bin.require(.uint8, [nodes], "\(place).bin")
        try right.require(.uint32, [nodes], "\(place).right")
        try leaves.require(.uint16, [nil, classCount], "\(place).leaves")
        do {
            return try Tree(
                feature: feature.elements(as: UInt16.self), bin: bin.elements(as: UInt8.self),
                right: right.elements(as: UInt32.self), leaves: leaves.elements(as: UInt16.self),
                featureCount: featureCount, classCount: classCount)
        } catch {
            throw .invalid("\(place): \(error)")
        }
    }
}
