internal import Foundation
internal import Imaging

/// Which features are computed of every pixel.
///
/// Feature order: channel → sigma → families of every scale that have that sigma; then families of named planes. With intensity, edges and
/// texture alone, the features are those of scikit-image's `multiscale_basic_features`. A selection keeps that order.
package struct FeatureSpec: Codable, Hashable, Sendable {
    /// The families in use, in the order of `FeatureFamily.allCases`, each at most once; at least one.
    package let families: [FeatureFamily]
    /// Standard deviations of the Gaussians of every scale, in pixels, ascending; 0.01…128.
    package let sigmas: [Double]
    /// The sigmas of families of every scale that have fewer than all: some of `sigmas`, ascending, at least one.
    package let familySigmas: [FeatureFamily: [Double]]
    /// Colour channels of the image, 1…64.
    package let channels: Int
    /// The planes that are features, as ascending positions among all of the families, at least one; nil for all.
    package let selected: [Int]?

    /// - Throws: `FeatureSpecError` when a value is out of its range.
    package init(
        families: [FeatureFamily], sigmas: [Double], familySigmas: [FeatureFamily: [Double]] = [:], channels: Int,
        selected: [Int]? = nil
    ) throws(FeatureSpecError) {
        guard !families.isEmpty else { throw .noFamily }
        guard (1...ImageInfo.channelsMax).contains(channels) else { throw .channels(channels) }
        guard (1...64).contains(sigmas.count) else { throw .sigmaCount(sigmas.count) }
        for sigma in sigmas where !(sigma >= 0.01 && sigma <= 128) { throw .sigma(sigma) }
        for (lower, upper) in zip(sigmas, sigmas.dropFirst()) where lower >= upper { throw .sigmaOrder(lower, upper) }
        for family in families {
            if let expected = family.channelCount, expected != channels {
                throw .channelsOfFamily(family.rawValue, expected: expected, found: channels)
            }
        }
        for (family, list) in familySigmas {
            let isOrdered = zip(list, list.dropFirst()).allSatisfy { $0 < $1 }
            guard families.contains(family), family.input == .everyScale, !list.isEmpty, isOrdered,
                list.allSatisfy({ sigmas.contains($0) })
            else { throw .familySigmas(family.rawValue, list) }
        }
        self.families = FeatureFamily.inOrder(families)
        self.sigmas = sigmas
        self.familySigmas = familySigmas.filter { $0.value != sigmas }
        self.channels = channels
        self.selected = selected
        guard let selected else { return }
        let (isOrdered, range) = (zip(selected, selected.dropFirst()).allSatisfy { $0 < $1 }, 0..<planeCount)
        guard let first = selected.first, let last = selected.last, isOrdered, range.contains(first), range.contains(last) else {
            throw .selection(planes: planeCount)
        }
    }

    private enum CodingKeys: String, CodingKey { case families, sigmas, familySigmas, channels, selected }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let families = try container.decode([FeatureFamily].self, forKey: .families)
        let listed = try container.decodeIfPresent([String: [Double]].self, forKey: .familySigmas) ?? [:]
        var familySigmas: [FeatureFamily: [Double]] = [:]
        for (name, list) in listed {
            guard let family = FeatureFamily(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .familySigmas, in: container,
                    debugDescription: "expected a family of \(FeatureFamily.known), found \"\(name.prefix(80))\"")
            }
            familySigmas[family] = list
        }
        try self.init(
            families: families,
            sigmas: container.decode([Double].self, forKey: .sigmas),
            familySigmas: familySigmas,
            channels: container.decode(Int.self, forKey: .channels),
            selected: container.decodeIfPresent([Int].self, forKey: .selected))
        guard families == self.families else {
            throw DecodingError.dataCorruptedError(
                forKey: .families, in: container, debugDescription: "families are repeated or out of order")
        }
        guard familySigmas == self.familySigmas else {
            throw DecodingError.dataCorruptedError(
                forKey: .familySigmas, in: container, debugDescription: "expected fewer sigmas than all, found all of them")
        }
    }

    /// Members that say nothing are left out, so that documents of specs without them stay what they were.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(families, forKey: .families)
        try container.encode(sigmas, forKey: .sigmas)
        if !familySigmas.isEmpty {
            let listed = familySigmas.map { ($0.key.rawValue, $0.value) }
            try container.encode(Dictionary(uniqueKeysWithValues: listed), forKey: .familySigmas)
        }
        try container.encode(channels, forKey: .channels)
        try container.encodeIfPresent(selected, forKey: .selected)
    }

    /// The same with some of its features only.
    ///
    /// - Parameter features: ascending positions among the features that it has, at least one.
    package func selecting(_ features: [Int]) throws(FeatureSpecError) -> FeatureSpec {
        let range = 0..<featureCount
        guard features.allSatisfy({ range.contains($0) }) else { throw .selection(planes: featureCount) }
        return try FeatureSpec(
            families: families, sigmas: sigmas, familySigmas: familySigmas, channels: channels,
            selected: features.map { selected?[$0] ?? $0 })
    }

    /// Logarithmically spaced sigmas, `2^linspace(log2 min, log2 max, count)`, as scikit-image chooses them.
    ///
    /// - Parameter count: number of sigmas; nil takes `Int(log2 max − log2 min + 1)`. `minimum == maximum` gives one sigma.
    package static func sigmas(from minimum: Double, to maximum: Double, count: Int?) throws(FeatureSpecError) -> [Double] {
        for sigma in [minimum, maximum] where !(sigma >= 0.01 && sigma <= 128) { throw .sigma(sigma) }
        guard minimum <= maximum else { throw .sigmaOrder(minimum, maximum) }
        let low = log2(minimum)
        let high = log2(maximum)
        let count = count ?? Int(high - low + 1)
        guard (1...64).contains(count) else { throw .sigmaCount(count) }
        if count == 1 || low == high { return [exp2(low)] }
        let step = (high - low) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? exp2(high) : exp2(low + Double($0) * step) }
    }

    /// The families that have planes for each channel and sigma.
    var scaleFamilies: [FeatureFamily] { families.filter { $0.input == .everyScale } }

    /// The families of every scale that have planes at a sigma.
    func scaleFamilies(at sigma: Double) -> [FeatureFamily] { scaleFamilies.filter { sigmas(of: $0).contains(sigma) } }

    /// The sigmas of a family of every scale.
    package func sigmas(of family: FeatureFamily) -> [Double] { familySigmas[family] ?? sigmas }

    /// The families of named planes, with what they are computed from.
    var planeFamilies: [(family: FeatureFamily, inputs: [FeatureInput])] {
        families.compactMap { family in
            if case .planes(let inputs) = family.input { (family, inputs) } else { nil }
        }
    }

    /// All planes of the families, selected or not.
    package var planeCount: Int {
        families.reduce(0) { sum, family in
            sum + family.planeNames.count * (family.input == .everyScale ? channels * sigmas(of: family).count : 1)
        }
    }

    /// All features of one pixel.
    package var featureCount: Int { selected?.count ?? planeCount }

    /// All planes of the families, in order, selected or not.
    var planes: [FeaturePlane] {
        let scales = (0..<channels).flatMap { channel in
            sigmas.flatMap { sigma in
                scaleFamilies(at: sigma).flatMap { family in
                    family.planeNames.indices.map { FeaturePlane(family: family, channel: channel, sigma: sigma, index: $0) }
                }
            }
        }
        return scales
            + planeFamilies.flatMap { family, _ in
                family.planeNames.indices.map { FeaturePlane(family: family, channel: nil, sigma: nil, index: $0) }
            }
    }

    /// The planes that are features, in order.
    private var featurePlanes: [FeaturePlane] {
        let planes = planes
        return selected.map { $0.map { planes[$0] } } ?? planes
    }

    /// The families that have features.
    package var familiesInUse: [FeatureFamily] {
        guard selected != nil else { return families }
        let found = Set(featurePlanes.map(\.family))
        return families.filter(found.contains)
    }

    /// The widest reach of the families in use: the blurred pixels that are needed around a pixel.
    package var reachPixels: Int { familiesInUse.map(\.reachPixels).max() ?? 0 }

    /// Pixels around a tile that must be read for its features to equal those of the whole image: the most, over the features, of
    /// the largest blur radius of the input plus the reach. Where neighbours are read, the radius counts as 2 at least, for those that
    /// may have no data (`NormalisedBlur`).
    package var haloPixels: Int {
        featurePlanes.map { plane in
            let reach = plane.family.reachPixels
            let radius = plane.inputSigmas.map(Self.radius(ofSigma:)).max() ?? 0
            return (reach > 0 ? max(radius, Self.fillRadius) : radius) + reach
        }.max() ?? 0
    }

    /// The Gaussian that stands in, beside pixels without data, for one that reaches fewer than two pixels.
    static let fillSigma = 0.5
    /// Its radius.
    static let fillRadius = 2

    /// Radius of the truncated Gaussian, `int(4σ + 0.5)` pixels.
    package static func radius(ofSigma sigma: Double) -> Int { Int(4 * sigma + 0.5) }

    /// One name per feature, in order: `channel0.sigma0.5.intensity`.
    package var names: [String] { featurePlanes.map(\.name) }
}

/// Why a feature specification is refused. `description` is one line for the user.
package enum FeatureSpecError: Error, Equatable, Sendable, CustomStringConvertible {
    case noFamily
    case channels(Int)
    case sigmaCount(Int)
    case sigma(Double)
    case sigmaOrder(Double, Double)
    /// Sigmas of a family that are not some of all, in order.
    case familySigmas(String, [Double])
    /// A family that only images with another number of channels have.
    case channelsOfFamily(String, expected: Int, found: Int)
    /// A selection of other than some of so many planes, in order.
    case selection(planes: Int)

    package var description: String {
        switch self {
        case .noFamily: "features: expected at least one family of \(FeatureFamily.known), found none"
        case .channels(let found): "features: expected 1 to \(ImageInfo.channelsMax) channels, found \(found)"
        case .sigmaCount(let found): "features: expected 1 to 64 sigmas, found \(found)"
        case .sigma(let found): "features: expected a sigma from 0.01 to 128 pixels, found \(found)"
        case .sigmaOrder(let lower, let upper):
            "features: expected ascending sigmas, found \(lower) before \(upper)"
        case .familySigmas(let family, let found):
            "features: \(family): expected some of the sigmas of every scale, ascending, found \(found)"
        case .channelsOfFamily(let family, let expected, let found):
            "features: \(family): expected images of \(expected) channels, found \(found) channel\(found == 1 ? "" : "s")"
        case .selection(let planes):
            "features: selected: expected ascending positions below \(planes), at least one"
        }
    }
}
