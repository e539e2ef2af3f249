internal import Foundation

/// Which features are computed of every pixel, equal to scikit-image's `multiscale_basic_features`.
///
/// Feature order: channel → sigma → family (`intensity`, `edges`, `texture1`, `texture2`).
package struct FeatureSpec: Codable, Hashable, Sendable {
    /// The families in use, in the order of `FeatureFamily.allCases`, each at most once; at least one.
    package let families: [FeatureFamily]
    /// Standard deviations of the Gaussians, in pixels, ascending; 0.01…128.
    package let sigmas: [Double]
    /// Colour channels of the image, 1…16.
    package let channels: Int

    /// - Throws: `FeatureSpecError` when a value is out of its range.
    package init(families: [FeatureFamily], sigmas: [Double], channels: Int) throws(FeatureSpecError) {
        guard !families.isEmpty else { throw .noFamily }
        guard (1...16).contains(channels) else { throw .channels(channels) }
        guard (1...64).contains(sigmas.count) else { throw .sigmaCount(sigmas.count) }
        for sigma in sigmas where !(sigma >= 0.01 && sigma <= 128) { throw .sigma(sigma) }
        for (lower, upper) in zip(sigmas, sigmas.dropFirst()) where lower >= upper { throw .sigmaOrder(lower, upper) }
        self.families = FeatureFamily.allCases.filter(families.contains)
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

    /// Feature planes per channel and sigma: 1…4.
    package var planesPerScale: Int { families.reduce(0) { $0 + $1.planeSuffixes.count } }

    /// All features of one pixel.
    package var featureCount: Int { channels * sigmas.count * planesPerScale }

    /// Pixels around a tile that must be read for its features to equal those of the whole image:
    /// the largest blur radius plus the widest reach of the families.
    package var haloPixels: Int {
        let reach = families.map(\.reachPixels).max() ?? 0
        return (sigmas.map(Self.radius(ofSigma:)).max() ?? 0) + reach
    }

    /// Radius of the truncated Gaussian, `int(4σ + 0.5)` pixels.
    package static func radius(ofSigma sigma: Double) -> Int { Int(4 * sigma + 0.5) }

    /// One name per feature, in order: `channel0.sigma0.5.intensity`.
    package var names: [String] {
        let suffixes = families.flatMap(\.planeSuffixes)
        return (0..<channels).flatMap { channel in
            sigmas.flatMap { sigma in suffixes.map { "channel\(channel).sigma\(Self.text(of: sigma)).\($0)" } }
        }
    }

    private static func text(of sigma: Double) -> String {
        sigma == sigma.rounded() ? String(Int(sigma)) : String(sigma)
    }
}
