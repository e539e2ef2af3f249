/// How a forest is grown. Two forests from equal parameters and equal tables are equal, byte for byte.
package struct ForestParameters: Codable, Hashable, Sendable {
    /// The number of trees a forest may have: the sum of as many leaf shares still fits 32 bits.
    package static let treesRange = 1...65_536

    /// The number of trees, 1…65,536.
    package let trees: Int
    /// The greatest number of splits from the root to a leaf, at least 1; nil leaves the depth unlimited.
    package let maxDepth: Int?
    /// The fewest distinct drawn samples that a leaf may hold, at least 1. A sample that was drawn twice counts once, as in
    /// scikit-learn.
    package let minSamplesLeaf: Int
    /// The number of features that a node chooses its split from.
    package let maxFeatures: MaxFeatures
    /// The number of draws, with replacement, that a tree's bootstrap consists of.
    package let maxSamples: MaxSamples
    /// How much a sample of each class weighs.
    package let classWeight: ClassWeight
    /// The seed of all random numbers. Tree t's numbers are a function of (seed, t).
    package let seed: UInt64

    /// - Throws: `ForestError` when a value is out of its range.
    package init(
        trees: Int = 100, maxDepth: Int? = nil, minSamplesLeaf: Int = 1, maxFeatures: MaxFeatures = .sqrt,
        maxSamples: MaxSamples = .all, classWeight: ClassWeight = .none, seed: UInt64 = 0
    ) throws(ForestError) {
        guard Self.treesRange.contains(trees) else { throw ForestError("trees: expected 1 to 65536, found \(trees)") }
        if let maxDepth, maxDepth < 1 { throw ForestError("max-depth: expected 1 or more, found \(maxDepth)") }
        guard minSamplesLeaf >= 1 else { throw ForestError("min-samples-leaf: expected 1 or more, found \(minSamplesLeaf)") }
        guard maxFeatures.isValid else { throw MaxFeatures.error(found: maxFeatures) }
        guard maxSamples.isValid else { throw MaxSamples.error(found: maxSamples) }
        self.trees = trees
        self.maxDepth = maxDepth
        self.minSamplesLeaf = minSamplesLeaf
        self.maxFeatures = maxFeatures
        self.maxSamples = maxSamples
        self.classWeight = classWeight
        self.seed = seed
    }

    /// The same with another number of trees.
    ///
    /// - Precondition: a number in `treesRange`.
    package func with(trees: Int) -> ForestParameters {
        precondition(Self.treesRange.contains(trees), "\(trees) trees")
        return ForestParameters(self, trees: trees)
    }

    private init(_ other: ForestParameters, trees: Int) {
        self.trees = trees
        (maxDepth, minSamplesLeaf, maxFeatures) = (other.maxDepth, other.minSamplesLeaf, other.maxFeatures)
        (maxSamples, classWeight, seed) = (other.maxSamples, other.classWeight, other.seed)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            trees: container.decode(Int.self, forKey: .trees),
            maxDepth: container.decodeIfPresent(Int.self, forKey: .maxDepth),
            minSamplesLeaf: container.decode(Int.self, forKey: .minSamplesLeaf),
            maxFeatures: container.decode(MaxFeatures.self, forKey: .maxFeatures),
            maxSamples: container.decode(MaxSamples.self, forKey: .maxSamples),
            classWeight: container.decode(ClassWeight.self, forKey: .classWeight),
            seed: container.decode(UInt64.self, forKey: .seed))
    }
}

/// The number of features that a node chooses its split from, as a rule over the number of features there are.
///
/// Text form, on the command line and in JSON strings: `sqrt`, `log2`, `all`, a whole number (`8`) or a fraction, told from a
/// number by its point or exponent (`0.25`, `1.0`, `1e-1`).
package enum MaxFeatures: Hashable, Sendable {
    /// ⌊√F⌋.
    case sqrt
    /// ⌊log₂ F⌋.
    case log2
    case all
    /// At most this many, at least 1.
    case count(Int)
    /// ⌊fraction · F⌋, above 0 up to 1.
    case fraction(Double)

    /// The number of features to look at out of `featureCount`: 1…featureCount.
    package func count(of featureCount: Int) -> Int {
        precondition(featureCount >= 1, "\(featureCount) features")
        let count =
            switch self {
            case .sqrt: Int(Double(featureCount).squareRoot())
            case .log2: Int.bitWidth - 1 - featureCount.leadingZeroBitCount
            case .all: featureCount
            case .count(let count): count
            case .fraction(let fraction): Int(fraction * Double(featureCount))
            }
        return min(max(count, 1), featureCount)
    }

    /// - Throws: `ForestError` if `text` is none of the forms above.
    package init(parsing text: String) throws(ForestError) {
        let parsed: MaxFeatures? =
            switch text {
            case "sqrt": .sqrt
            case "log2": .log2
            case "all": .all
            default: Int(text).map(MaxFeatures.count) ?? Double(text).map(MaxFeatures.fraction)
            }
        guard let parsed, parsed.isValid else { throw Self.error(found: text) }
        self = parsed
    }

    /// Why a rule is refused.
    static func error(found: some CustomStringConvertible) -> ForestError {
        ForestError(
            "max-features: expected sqrt, log2, all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found \(found)")
    }

    var isValid: Bool {
        switch self {
        case .sqrt, .log2, .all: true
        case .count(let count): count >= 1
        case .fraction(let fraction): fraction > 0 && fraction <= 1
        }
    }
}

extension MaxFeatures: CustomStringConvertible {
    /// The text form, which `init(parsing:)` reads back.
    package var description: String {
        switch self {
        case .sqrt: "sqrt"
        case .log2: "log2"
        case .all: "all"
        case .count(let count): String(count)
        case .fraction(let fraction): String(fraction)
        }
    }
}

extension MaxFeatures: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The number of draws of a tree's bootstrap, as a rule over the number of samples there are.
///
/// Text form, on the command line and in JSON strings: `all`, a whole number (`5000`) or a fraction, told from a number by its
/// point or exponent (`0.05`, `1.0`).
package enum MaxSamples: Hashable, Sendable {
    /// As many draws as samples.
    case all
    /// At most this many, at least 1.
    case count(Int)
    /// fraction · N rounded to the nearest whole number, ties to even; above 0 up to 1.
    case fraction(Double)

    /// The number of draws out of `sampleCount` samples: 1…sampleCount.
    package func count(of sampleCount: Int) -> Int {
        precondition(sampleCount >= 1, "\(sampleCount) samples")
        let count =
            switch self {
            case .all: sampleCount
            case .count(let count): count
            case .fraction(let fraction): Int((fraction * Double(sampleCount)).rounded(.toNearestOrEven))
            }
        return min(max(count, 1), sampleCount)
    }

    /// - Throws: `ForestError` if `text` is none of the forms above.
    package init(parsing text: String) throws(ForestError) {
        let parsed: MaxSamples? =
            text == "all" ? .all : Int(text).map(MaxSamples.count) ?? Double(text).map(MaxSamples.fraction)
        guard let parsed, parsed.isValid else { throw Self.error(found: text) }
        self = parsed
    }

    /// Why a rule is refused.
    static func error(found: some CustomStringConvertible) -> ForestError {
        ForestError("max-samples: expected all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found \(found)")
    }

    var isValid: Bool {
        switch self {
        case .all: true
        case .count(let count): count >= 1
        case .fraction(let fraction): fraction > 0 && fraction <= 1
        }
    }
}

extension MaxSamples: CustomStringConvertible {
    /// The text form, which `init(parsing:)` reads back.
    package var description: String {
        switch self {
        case .all: "all"
        case .count(let count): String(count)
        case .fraction(let fraction): String(fraction)
        }
    }
}

extension MaxSamples: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// How much a sample of each class weighs while trees are grown and leaves are filled. The raw values are the text form.
package enum ClassWeight: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every sample weighs the same.
    case none
    /// n / (k · n_c) for a class that n_c of the table's n samples belong to, where k classes occur: every class weighs the same.
    case balanced

    /// - Throws: `ForestError` if `text` is neither `none` nor `balanced`.
    package init(parsing text: String) throws(ForestError) {
        guard let parsed = ClassWeight(rawValue: text) else {
            throw ForestError("class-weight: expected none or balanced, found \(text)")
        }
        self = parsed
    }

    /// The weight of one sample per class, scaled so that the largest is 1; classes that do not occur weigh 1.
    ///
    /// - Parameter samplesOfClass: the number of samples per class over the whole table, at least one of them positive.
    func weights(samplesOfClass: [Int]) -> [Float] {
        switch self {
        case .none: return Array(repeating: 1, count: samplesOfClass.count)
        case .balanced:
            let rarest = samplesOfClass.lazy.filter { $0 > 0 }.min() ?? 1
            return samplesOfClass.map { $0 > 0 ? Float(Double(rarest) / Double($0)) : 1 }
        }
    }
}
