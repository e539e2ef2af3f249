/// Which value stands for no data, where it is not what the file says.
package enum NoDataChoice: Hashable, Sendable, Codable, CustomStringConvertible {
    /// None: every value is data.
    case none
    /// The fill value of an array, which chunks that are missing hold, too.
    case fill
    case value(Double)

    /// Parses `none`, `fill` or a number; nil for any other text.
    package init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "fill": self = .fill
        default:
            guard let value = Double(text), value.isFinite else { return nil }
            self = .value(value)
        }
    }

    package var description: String {
        switch self {
        case .none: "none"
        case .fill: "fill"
        case .value(let value): "\(value)"
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let choice = NoDataChoice(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected none, fill or a number, found \(text.prefix(80))")
        }
        self = choice
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What transparency is used for.
package enum AlphaUse: String, Codable, Sendable, CaseIterable {
    /// Wholly transparent pixels have no data.
    case mask
    /// Nothing.
    case ignore
}
