/// One half of a truncated, normalised Gaussian: `values[k]` weighs the pixels at distance k, k = 0…radius.
///
/// Equal to `scipy.ndimage.gaussian_filter1d` with `truncate=4`: exp(−k²/2σ²) over the sum of all 2·radius + 1 of them, computed in
/// double precision and rounded once to float.
struct GaussianWeights {
    let radius: Int
    let values: [Float]

    /// - Parameter sigma: 0 gives the filter that leaves everything as it is.
    init(sigma: Double) {
        guard sigma > 0 else {
            (radius, values) = (0, [1])
            return
        }
        radius = FeatureSpec.radius(ofSigma: sigma)
        let scale = 1 / (2 * sigma * sigma)
        let half = (0...radius).map { Self.exponential(ofMinus: Double($0 * $0) * scale) }
        let sum = half.dropFirst().reduce(0, +) * 2 + half[0]
        values = half.map { Float($0 / sum) }
    }

    /// e^−x for x in 0…32, accurate to about 1e−14 of the value.
    ///
    /// Written out, because the C libraries' `exp` differ in the last bit and features must not differ between machines:
    /// the Taylor series of e^−x/64, squared six times.
    private static func exponential(ofMinus x: Double) -> Double {
        let step = -x / 64
        var term = 1.0
        var sum = 1.0
        for index in 1...16 {
            term = term * step / Double(index)
            sum += term
        }
        for _ in 0..<6 { sum *= sum }
        return sum
    }
}
