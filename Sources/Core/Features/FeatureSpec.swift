internal import Foundation
internal import Imaging

/// Which features are computed of every pixel.
///
/// Feature order: channel → sigma → families of every scale; then families of named planes. With intensity, edges and texture alone, the
/// features are those of scikit-image's `multiscale_basic_features`.
package struct FeatureSpec: Codable, Hashable, Sendable {
    /// The families in use, in the order of `FeatureFamily.allCases`, each at most once; at least one.
    package let families: [FeatureFamily]
    /// Standard deviations of the Gaussians of every scale, in pixels, ascending; 0.01…128.
    package let sigmas: [Double]
    /// Colour channels of the image, 1…64.
    package let channels: Int

    /// - Throws: `FeatureSpecError` when a value is out of its range.
    package init(families: [FeatureFamily], sigmas: [Double], channels: Int) throws(FeatureSpecError) {
        guard !families.isEmpty else { throw .noFamily }
        guard (1...ImageInfo.channelsMax).contains(channels) else { throw .channels(channels) }
        guard (1...64).contains(sigmas.count) else { throw .sigmaCount(sigmas.count) }
        for sigma in sigmas where !(sigma >= 0.01 && sigma <= 128) { throw .sigma(sigma) }
        for (lower, upper) in zip(sigmas, sigmas.dropFirst()) where lower >= upper { throw .sigmaOrder(lower, upper) }
        self.families = FeatureFamily.inOrder(families)
        self.sigmas = sigmas
        self.channels = channels
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let families = try container.decode([FeatureFamily].self, forKey: .families)
        try self.init(
            families: families,
            sigmas: container.decode([Double].self, forKey: .sigmas),
            channels: container.decode(Int.self, forKey: .channels))
        guard families == self.families else {
            throw DecodingError.dataCorruptedError(
                forKey: .families, in: container, debugDescription: "families are repeated or out of order")
        }
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

    /// The families of named planes, with what they are computed from.
    var planeFamilies: [(family: FeatureFamily, inputs: [FeatureInput])] {
        families.compactMap { family in
            if case .planes(let inputs) = family.input { (family, inputs) } else { nil }
        }
    }

    /// Feature planes per channel and sigma.
    package var planesPerScale: Int { scaleFamilies.reduce(0) { $0 + $1.planeNames.count } }

    /// All features of one pixel.
    package var featureCount: Int {
        channels * sigmas.count * planesPerScale + planeFamilies.reduce(0) { $0 + $1.family.planeNames.count }
    }

    /// The widest reach of the families: the blurred pixels that are needed around a pixel.
    package var reachPixels: Int { families.map(\.reachPixels).max() ?? 0 }

    /// Pixels around a tile that must be read for its features to equal those of the whole image: the most, over the families, of
    /// the largest blur radius of the input plus the reach. Where neighbours are read, the radius counts as 2 at least, for those that
    /// may have no data (`NormalisedBlur`).
    package var haloPixels: Int {
        families.map { family in
            let blurs: [Double] =
                switch family.input {
                case .everyScale: sigmas
                case .planes(let inputs): inputs.map(\.sigma)
                }
            let radius = blurs.map(Self.radius(ofSigma:)).max() ?? 0
            return (family.reachPixels > 0 ? max(radius, Self.fillRadius) : radius) + family.reachPixels
        }.max() ?? 0
    }

    /// The Gaussian that stands in, beside pixels without data, for one that reaches fewer than two pixels.
    static let fillSigma = 0.5
    /// Its radius.
    static let fillRadius = 2

    /// Radius of the truncated Gaussian, `int(4σ + 0.5)` pixels.
    package static func radius(ofSigma sigma: Double) -> Int { Int(4 * sigma + 0.5) }

    /// One name per feature, in order: `channel0.sigma0.5.intensity`.
    package var names: [String] {
        let suffixes = scaleFamilies.flatMap(\.planeNames)
        let scales = (0..<channels).flatMap { channel in
            sigmas.flatMap { sigma in suffixes.map { "channel\(channel).sigma\(Self.text(of: sigma)).\($0)" } }
        }
        return scales + planeFamilies.flatMap(\.family.planeNames)
    }

    private static func text(of sigma: Double) -> String {
        sigma == sigma.rounded() ? String(Int(sigma)) : String(sigma)
    }
}

/// Why a feature specification is refused. `description` is one line for the user.
package enum FeatureSpecError: Error, Equatable, Sendable, CustomStringConvertible {
    case noFamily
    case channels(Int)
    case sigmaCount(Int)
    case sigma(Double)
    case sigmaOrder(Double, Double)

    package var description: String {
        switch self {
        case .noFamily: "features: expected at least one family of \(FeatureFamily.known), found none"
        case .channels(let found): "features: expected 1 to \(ImageInfo.channelsMax) channels, found \(found)"
        case .sigmaCount(let found): "features: expected 1 to 64 sigmas, found \(found)"
        case .sigma(let found): "features: expected a sigma from 0.01 to 128 pixels, found \(found)"
        case .sigmaOrder(let lower, let upper):
            "features: expected ascending sigmas, found \(lower) before \(upper)"
        }
    }
}
