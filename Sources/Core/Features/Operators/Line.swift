internal import Imaging

extension FeatureFamily {
    /// Thin dark and bright lines, however they run.
    package static let line = FeatureFamily(
        "line", summary: "largest and least curvature across short lines of eight directions, of the channels' mean at σ 1, 2",
        input: .planes(LineKernel.scales.map { .mean(sigma: $0.sigma) }),
        planeNames: LineKernel.scales.flatMap { scale in
            ["max", "min"].map { "mean.sigma\(Int(scale.sigma)).line.\($0)" }
        },
        reachPixels: 10, planeInputs: LineKernel.scales.indices.flatMap { [[$0], [$0]] }, kernel: LineKernel.self)
}

/// Averages the second derivative across a line along the line, in eight directions, and takes the largest and the least.
///
/// 1. g is the mean over the channels of their planes blurred at σ; rr, rc and cc are its second differences (`TextureFilter`), which are
///    four times those of `np.gradient` of `np.gradient`.
/// 2. For θ = kπ/8, k = 0…7: R = fma(cc, sin²θ, fma(rc, −sin 2θ, rr · cos²θ)); rr alone for k = 0, and cc alone for k = 4. Hence the reach:
///    points lie up to 9 pixels away where one of them alone is read, and up to 8 where all are, which reach two farther.
/// 3. R_j is R at row + rint(j · step · sin θ) and column + rint(j · step · cos θ), j = −3…3; outside the image, that of the nearest
///    pixel. The mean is ((R_0 + (R_−1 + R_1)) + ((R_−2 + R_2) + (R_−3 + R_3))) · (0.25 / 7).
/// 4. The planes of each σ are the largest and the least mean over the directions.
///
/// Pixels without data are left out of the mean: there R counts as 0, and the factor is 0.25 / n, n of the seven having data. The pixel
/// itself always has some.
final class LineKernel: FeatureKernel {
    /// A Gaussian, the step along lines, and the points of each direction.
    struct Scale {
        let sigma: Double
        let step: Double
        /// `[k][j − 1]`: rows and columns from the pixel, j = 1, 2, 3; the points of −j lie opposite.
        let points: [[(row: Int, column: Int)]]
        /// The farthest row or column.
        let span: Int
    }

    /// Every offset is rounded to even at one half: 1.5 is 2 and 4.5 is 4.
    static let scales: [Scale] = [
        Scale(
            sigma: 1, step: 1.5,
            points: [
                [(0, 2), (0, 3), (0, 4)], [(1, 1), (1, 3), (2, 4)], [(1, 1), (2, 2), (3, 3)], [(1, 1), (3, 1), (4, 2)],
                [(2, 0), (3, 0), (4, 0)], [(1, -1), (3, -1), (4, -2)], [(1, -1), (2, -2), (3, -3)], [(1, -1), (1, -3), (2, -4)],
            ], span: 4),
        Scale(
            sigma: 2, step: 3,
            points: [
                [(0, 3), (0, 6), (0, 9)], [(1, 3), (2, 6), (3, 8)], [(2, 2), (4, 4), (6, 6)], [(3, 1), (6, 2), (8, 3)],
                [(3, 0), (6, 0), (9, 0)], [(3, -1), (6, -2), (8, -3)], [(2, -2), (4, -4), (6, -6)], [(1, -3), (2, -6), (3, -8)],
            ], span: 9),
    ]

    /// `[k]`: cos²θ, −sin 2θ and sin²θ of θ = kπ/8.
    static let directions: [(rows: Float, mixed: Float, columns: Float)] = [
        (1, 0, 0), (0.853_553_39, -0.707_106_78, 0.146_446_61), (0.5, -1, 0.5), (0.146_446_61, -0.707_106_78, 0.853_553_39),
        (0, 0, 1), (0.146_446_61, 0.707_106_78, 0.853_553_39), (0.5, 1, 0.5), (0.853_553_39, 0.707_106_78, 0.146_446_61),
    ]

    private var region = BlurRegion()
    private var validity: ValidityPlane?
    private var isWanted = scales.map { _ in true }
    /// The strip that runs are made of, and the mask if a pixel near it has no data.
    private var rows = 0..<0
    private var mask: ValidityPlane?
    /// The first column of the runs that are made; nil for none.
    private var column: Int?
    /// `[plane][row of the strip][column]`.
    private let made = AlignedBuffer<Float>(count: 2 * scales.count * Strip.lanes * FeatureRun.columnsMax)
    private let part = LinePart()

    init(families: [FeatureFamily]) {}

    func want(_ planes: [Bool]) { isWanted = Self.scales.indices.map { planes[2 * $0] || planes[2 * $0 + 1] } }

    func prepare(_ region: BlurRegion) { self.region = region }

    func use(_ validity: ValidityPlane?) { self.validity = validity }

    func begin(rows: Range<Int>, of planes: UnsafePointer<PlaneRows>) {
        self.rows = rows
        column = nil
        let span = Self.scales.map(\.span).max() ?? 0
        mask = validity.flatMap { $0.areFull(rows.lowerBound - span..<rows.upperBound + span) ? nil : $0 }
    }

    /// The first run of some columns makes those of all rows of the strip.
    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        let planeSize = Strip.lanes * FeatureRun.columnsMax
        if column != run.column {
            for (index, scale) in Self.scales.enumerated() where isWanted[index] {
                let place = LinePart.Place(rows: rows, column: run.column, count: run.count, span: scale.span, region)
                let most = made.base + 2 * index * planeSize
                part.makeDifferences(of: planes[index], place, mask)
                for (direction, points) in scale.points.enumerated() {
                    part.makeResponses(place, Self.directions[direction], isMasked: mask != nil)
                    part.take(
                        place, points, isFirst: direction == 0, isMasked: mask != nil, most: most, least: most + planeSize)
                }
            }
            column = run.column
        }
        let first = UnsafePointer(made.base) + (run.row - rows.lowerBound) * FeatureRun.columnsMax
        for plane in 0..<2 * Self.scales.count where isWanted[plane / 2] { values[plane] = first + plane * planeSize }
    }
}
