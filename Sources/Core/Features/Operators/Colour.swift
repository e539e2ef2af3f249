extension FeatureFamily {
    /// What a colour is, apart from how bright it is: of images with red, green and blue only.
    package static let colour = FeatureFamily(
        "colour", summary: "contrasts, saturation, value, and shares of red and green at σ 0.5, 2, 8; of RGB images only",
        input: .planes(ColourKernel.sigmas.map { .channels(sigma: $0) }),
        planeNames: ["0.5", "2", "8"].flatMap { sigma in
            ["red-green", "yellow-blue", "saturation", "value", "red", "green"].map { "sigma\(sigma).colour.\($0)" }
        },
        reachPixels: 0, channelCount: 3,
        planeInputs: ColourKernel.sigmas.indices.flatMap { [[$0], [$0], [$0], [$0], [$0], [$0]] }, kernel: ColourKernel.self)
}

/// Computes six planes of each σ from the channels R, G and B, blurred at it. With max and min of the three, and S = (R + G) + B:
///
///     R − G;  (R + G) · 0.5 − B;  (max − min) / (max⁺ + 0.001);  max;  R / (S⁺ + 0.001);  G / (S⁺ + 0.001)
///
/// x⁺ is x, and 0 where x is negative, as values of signed and float images may be: no quotient grows beyond all bounds. Beside pixels
/// without data the channels are those of the normalised blur; no neighbour is read.
final class ColourKernel: FeatureKernel {
    static let sigmas = [0.5, 2, 8]
    /// Planes of each σ.
    private static let planeCount = 6

    private var isWanted = sigmas.map { _ in true }
    /// A run of each plane.
    private let buffer = AlignedBuffer<Float>(count: sigmas.count * planeCount * FeatureRun.columnsMax)

    init(families: [FeatureFamily]) {}

    func want(_ planes: [Bool]) {
        isWanted = Self.sigmas.indices.map { planes[Self.planeCount * $0..<Self.planeCount * ($0 + 1)].contains(true) }
    }

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        for index in Self.sigmas.indices where isWanted[index] {
            let target = buffer.base + index * Self.planeCount * FeatureRun.columnsMax
            let (red, green, blue) = (planes[3 * index], planes[3 * index + 1], planes[3 * index + 2])
            Self.makePlanes(
                red.row(run.row) + run.column, green.row(run.row) + run.column, blue.row(run.row) + run.column, count: run.count,
                to: target)
            for plane in 0..<Self.planeCount {
                values[index * Self.planeCount + plane] = UnsafePointer(target + plane * FeatureRun.columnsMax)
            }
        }
    }

    /// Makes the six planes of a σ, each `FeatureRun.columnsMax` floats behind the one before.
    private static func makePlanes(
        _ reds: UnsafePointer<Float>, _ greens: UnsafePointer<Float>, _ blues: UnsafePointer<Float>, count: Int,
        to target: UnsafeMutablePointer<Float>
    ) {
        let (half, zero, small) = (Lanes(repeating: 0.5), Lanes(repeating: 0), Lanes(repeating: 0.001))
        let step = FeatureRun.columnsMax
        for column in stride(from: 0, to: count, by: Lanes.count) {
            let (red, green, blue) = (Lanes(reds + column), Lanes(greens + column), Lanes(blues + column))
            let yellow = red + green
            let most = red.greater(green).greater(blue)
            let least = red.lesser(green).lesser(blue)
            let total = (yellow + blue).greater(zero) + small
            let place = target + column
            (red - green).store(to: place)
            (yellow * half - blue).store(to: place + step)
            ((most - least) / (most.greater(zero) + small)).store(to: place + 2 * step)
            most.store(to: place + 3 * step)
            (red / total).store(to: place + 4 * step)
            (green / total).store(to: place + 5 * step)
        }
    }
}
