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
