internal import Imaging

/// Normalised convolution: the blurs of an image of which some pixels have no data, made of those that have some (Knutsson and Westin,
/// "Normalized and differential convolution", 1993).
///
/// With f for the values, G for a Gaussian as `GaussianBlur` has it, border rule included, and m for the mask, 1 or 0:
///
///     g = (G∗(f·m)) · (c / (G∗m)),  and 0 where G∗m is 0
///
/// 1. G∗m is made by the same operations as G∗(f·m), for each block and sigma once; c is what these operations make of ones.
/// 2. Where all pixels in reach have data, G∗m has the bits of c and the factor is exactly 1: g has the bits of the plain blur.
/// 3. Kernels read g, also at neighbours without data, up to their reach. There g continues the values beside it, as far as its Gaussian
///    reaches. One that reaches fewer than two pixels does not reach the neighbours of derivatives: where its G∗m is 0, g is that
///    of σ 0.5 (`FeatureSpec.fillSigma`), which reaches two.
///
/// All of it depends on the pixels within the halo only, so that a tile has the bits of the whole image.
struct NormalisedBlur {
    /// Blurs the mask.
    private var blur = GaussianBlur()
    /// `[scale][row][column]`: c / (G∗m), rows `pitch` floats apart, from the region's first column on.
    private var factors = AlignedBuffer<Float>()
    /// The rows of a channel that stand in where G∗m is 0.
    private var fill = AlignedBuffer<Float>()
    private var region = BlurRegion()
    private var pitch = 0
    private var count = 0
    private var radii: [Int] = []
    /// The scale of `FeatureSpec.fillSigma`; nil if none needs it.
    private var fillScale: Int?

    /// The Gaussians to blur a masked image by: those of the scales, and one more at the end if some have gaps to be filled.
    ///
    /// - Parameter reach: blurred pixels that the features read around a pixel.
    static func sigmas(_ scales: [Double], reach: Int) -> [Double] {
        let hasGaps = reach > 0 && scales.contains { FeatureSpec.radius(ofSigma: $0) < FeatureSpec.fillRadius }
        return scales + (hasGaps ? [FeatureSpec.fillSigma] : [])
    }

    /// Sets up for a region.
    ///
    /// - Parameters:
    ///   - sigmas: as `sigmas` gave them.
    ///   - scaleCount: those of them that are scales.
    ///   - pitch: floats from row to row of the blurred rows.
    mutating func prepare(sigmas: [Double], scaleCount: Int, region: BlurRegion, pitch: Int) {
        blur.prepare(sigmas: sigmas, region: region)
        radii = sigmas.map(FeatureSpec.radius(ofSigma:))
        fillScale = sigmas.count > scaleCount ? scaleCount : nil
        (self.region, self.pitch) = (region, pitch)
        factors = factors.reserving(sigmas.count * Strip.lanes * pitch)
        if fillScale != nil { fill = fill.reserving(Strip.lanes * pitch) }
    }

    /// Blurs the mask of rows `top ..< top + count`, count ≤ 32.
    ///
    /// - Returns: whether a pixel in reach of them has no data: otherwise all factors are 1, and are not made.
    mutating func begin(_ validity: ValidityPlane, top: Int, count: Int) -> Bool {
        let radius = radii.max() ?? 0
        guard !validity.areFull(top - radius..<top + count + radius) else { return false }
        self.count = count
        blur.blurVertically(validity, channel: 0, top: top, count: count)
        for scale in radii.indices {
            let target = factors(ofScale: scale)
            blur.blurHorizontally(scale: scale, rows: 0..<count, to: target, pitch: pitch)
            Self.makeFactors(target, count: valueCount, ones: blur.ones(scale: scale))
        }
        return true
    }

    /// Normalises rows that were blurred at a scale: the block's first row, from the region's first column on.
    ///
    /// - Parameter channels: the blur of the channel, of which the rows that stand in are taken.
    func normalise(_ rows: UnsafeMutablePointer<Float>, scale: Int, of channel: GaussianBlur) {
        let factors = factors(ofScale: scale)
        guard let fillScale, radii[scale] < FeatureSpec.fillRadius else {
            return Self.multiply(rows, by: factors, count: valueCount)
        }
        channel.blurHorizontally(scale: fillScale, rows: 0..<count, to: fill.base, pitch: pitch)
        let fillFactors = self.factors(ofScale: fillScale)
        for index in 0..<valueCount {
            rows[index] = factors[index] == 0 ? fill.base[index] * fillFactors[index] : rows[index] * factors[index]
        }
    }

    private func factors(ofScale scale: Int) -> UnsafeMutablePointer<Float> {
        factors.base + scale * Strip.lanes * pitch
    }

    /// Values of the block's rows, without what lies behind the last column.
    private var valueCount: Int { (count - 1) * pitch + Strip.wholeVectors(region.columns.count) }

    /// Turns `count` values of G∗m into factors.
    ///
    /// - Parameter ones: c.
    static func makeFactors(_ values: UnsafeMutablePointer<Float>, count: Int, ones: Float) {
        for index in 0..<count { values[index] = values[index] > 0 ? ones / values[index] : 0 }
    }

    /// Multiplies `count` values, whole vectors.
    static func multiply(_ values: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int) {
        for index in stride(from: 0, to: count, by: Lanes.count) {
            (Lanes(values + index) * Lanes(factors + index)).store(to: values + index)
        }
    }
}
