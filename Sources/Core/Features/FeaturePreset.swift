/// A set of features by name: what is asked for most, and what it was measured to be good for (Docs/Training.md).
package enum FeaturePreset: String, Codable, Hashable, Sendable, CaseIterable {
    /// As fast as features get: those of `scikitImage` without intensity at large sigmas.
    case fast
    /// The best for the time they take.
    case `default`
    /// The most, where accuracy is worth more than time.
    case rich
    /// Those of scikit-image's `multiscale_basic_features`.
    case scikitImage = "scikit-image"

    /// Intensity at this sigma, in pixels, and above is in `scikitImage` only: how bright a region is does not carry over to new images.
    package static let intensitySigmaEnd = 8.0

    /// One line for the user.
    package var summary: String {
        switch self {
        case .fast: "intensity, edges and texture, without intensity at σ 8 and above"
        case .default: "fast, and difference-of-gaussians, ring, line, and colour of RGB images"
        case .rich: "default, and \(Self.richFamilies.map(\.rawValue).joined(separator: ", "))"
        case .scikitImage: "intensity, edges and texture at all σ: scikit-image's multiscale_basic_features"
        }
    }

    /// The families that `rich` has besides those of `default`.
    private static let richFamilies: [FeatureFamily] = [.structureTensor]

    /// The families of images with so many channels, in order.
    package func families(channels: Int) -> [FeatureFamily] {
        let known = FeatureFamily.allCases(channels: channels)
        let usual = FeatureFamily.basic + [.differenceOfGaussians, .ring, .line, .colour]
        let families =
            switch self {
            case .fast, .scikitImage: FeatureFamily.basic
            case .default: usual
            case .rich: usual + Self.richFamilies
            }
        return FeatureFamily.inOrder(families.filter { known.contains($0) })
    }

    /// The features.
    ///
    /// - Parameter sigmas: of the families of every scale. Families of named planes have Gaussians of their own.
    /// - Throws: `FeatureSpecError` for sigmas or channels out of their range.
    package func spec(sigmas: [Double], channels: Int) throws(FeatureSpecError) -> FeatureSpec {
        var families = families(channels: channels)
        guard self != .scikitImage else { return try FeatureSpec(families: families, sigmas: sigmas, channels: channels) }
        let fine = sigmas.filter { $0 < Self.intensitySigmaEnd }
        if fine.isEmpty { families.removeAll { $0 == .intensity } }
        return try FeatureSpec(
            families: families, sigmas: sigmas, familySigmas: fine.isEmpty ? [:] : [.intensity: fine], channels: channels)
    }

    /// The preset that a spec is of, whatever its sigmas, and before planes were selected; nil for other families.
    package init?(of spec: FeatureSpec) {
        let found = [FeaturePreset.default, .fast, .rich, .scikitImage].first { preset in
            guard let own = try? preset.spec(sigmas: spec.sigmas, channels: spec.channels) else { return false }
            return own.families == spec.families && own.familySigmas == spec.familySigmas
        }
        guard let found else { return nil }
        self = found
    }
}

/// Which features are asked for: a preset, or families by name.
package enum FeatureChoice: Hashable, Sendable {
    case preset(FeaturePreset)
    case families([FeatureFamily])

    /// What can be asked for, for messages.
    package static var known: String {
        "\(FeaturePreset.allCases.map(\.rawValue).joined(separator: ", ")), or some of \(FeatureFamily.known)"
    }

    /// A preset's name, or names of families, separated by commas; nil with a name that is neither's.
    package init?(parsing text: String) {
        if let preset = FeaturePreset(rawValue: text) {
            self = .preset(preset)
            return
        }
        var families: [FeatureFamily] = []
        for name in text.split(separator: ",") {
            guard let family = FeatureFamily(rawValue: String(name)) else { return nil }
            families.append(family)
        }
        self = .families(families)
    }

    /// The features.
    ///
    /// - Parameter sigmas: of the families of every scale.
    /// - Throws: `FeatureSpecError`.
    package func spec(sigmas: [Double], channels: Int) throws(FeatureSpecError) -> FeatureSpec {
        switch self {
        case .preset(let preset): try preset.spec(sigmas: sigmas, channels: channels)
        case .families(let families): try FeatureSpec(families: families, sigmas: sigmas, channels: channels)
        }
    }
}

extension FeatureChoice: CustomStringConvertible {
    package var description: String {
        switch self {
        case .preset(let preset): preset.rawValue
        case .families(let families): families.map(\.rawValue).joined(separator: ",")
        }
    }
}

extension FeatureChoice: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let choice = FeatureChoice(parsing: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(Self.known), found \"\(text.prefix(80))\"")
        }
        self = choice
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
