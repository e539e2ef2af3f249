package import Features
package import Imaging

/// What a model is applied to: the pixels of images of one kind, or the rows of a table.
package enum ModelInput: Hashable, Sendable {
    /// Images with the spec's channels and this sample type.
    case pixels(FeatureSpec, SampleType)
    /// Rows of as many values as there are names.
    case rows(names: [String])

    /// Values per pixel or row.
    package var featureCount: Int {
        switch self {
        case .pixels(let spec, _): spec.featureCount
        case .rows(let names): names.count
        }
    }

    /// One name per feature, in order.
    package var names: [String] {
        switch self {
        case .pixels(let spec, _): spec.names
        case .rows(let names): names
        }
    }
}

extension ModelInput: Codable {
    private enum CodingKeys: String, CodingKey { case kind, families, sigmas, channels, sampleType, names }
    private enum Kind: String, Codable { case pixels, rows }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let names = try container.decode([String].self, forKey: .names)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .pixels:
            let spec = try FeatureSpec(from: decoder)
            guard names == spec.names else {
                throw DecodingError.dataCorruptedError(
                    forKey: .names, in: container,
                    debugDescription: "expected the \(spec.featureCount) names of the families, sigmas and channels, in order")
            }
            self = .pixels(spec, try container.decode(SampleType.self, forKey: .sampleType))
        case .rows:
            guard (1...1000).contains(names.count) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .names, in: container, debugDescription: "expected 1 to 1000 names, found \(names.count)")
            }
            self = .rows(names: names)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(names, forKey: .names)
        switch self {
        case .pixels(let spec, let sampleType):
            try container.encode(Kind.pixels, forKey: .kind)
            try spec.encode(to: encoder)
            try container.encode(sampleType, forKey: .sampleType)
        case .rows:
            try container.encode(Kind.rows, forKey: .kind)
        }
    }
}
