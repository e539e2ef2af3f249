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
