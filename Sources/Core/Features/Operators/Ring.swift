internal import Imaging

extension FeatureFamily {
    /// What lies around a pixel at some distance, against the pixel: spots, holes, ridges and borders.
    package static let ring = FeatureFamily(
        "ring", summary: "extremes of the channels' mean on circles of radius 4, 8, 16 at σ 1, 2, 4, minus the middle",
        input: .planes(RingKernel.circles.map { .mean(sigma: $0.sigma) }),
        planeNames: RingKernel.circles.flatMap { circle in
            ["min", "max", "maxmin", "minmax"].map { "mean.sigma\(Int(circle.sigma)).ring\(circle.radius).\($0)" }
        },
        reachPixels: 16, planeInputs: RingKernel.circles.indices.flatMap { [[$0], [$0], [$0], [$0]] }, kernel: RingKernel.self)
}

/// Compares a blurred value with those at eight points around it.
///
/// With g for the mean over the channels of their planes blurred at σ, and v_k, k = 0…7, for g at row + rint(r · sin kπ/4) and
/// column + rint(r · cos kπ/4), each circle has four planes:
///
///     lo_k = min(v_k, v_k+4);  hi_k = max(v_k, v_k+4),  k = 0…3
///     min(lo_0 … lo_3) − g;  max(hi_0 … hi_3) − g;  max(lo_0 … lo_3) − g;  min(hi_0 … hi_3) − g
///
/// Points outside the image are the nearest pixel's. Beside pixels without data v_k is that of the normalised blur. Its Gaussian reaches as
/// far as the circle, hence the pixel in the middle: no point is without data where the pixel has some.
final class RingKernel: FeatureKernel {
    struct Circle {
        let sigma: Double
        let radius: Int
        /// Rows and columns to the points between the axes: rint(radius · sin π/4).
        let diagonal: Int
    }

    static let circles: [Circle] = [
        Circle(sigma: 1, radius: 4, diagonal: 3), Circle(sigma: 2, radius: 8, diagonal: 6),
        Circle(sigma: 4, radius: 16, diagonal: 11),
    ]

    /// The rows of a circle's points from the top to the bottom, each at the first pixel of a run; as many columns as the radius before
    /// and behind the run are read.
    private typealias Rows = (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    )

    /// Floats of a row of a run with the columns around it, and a vector more.
    private static let rowLength = FeatureRun.columnsMax + 2 * 16 + 16

    private var region = BlurRegion()
    private var isWanted = circles.map { _ in true }
    /// A run of each plane.
    private let buffer = AlignedBuffer<Float>(count: 4 * circles.count * FeatureRun.columnsMax)
    /// The rows of a run at the window's left or right border, continued beyond it.
    private let continued = AlignedBuffer<Float>(count: 5 * rowLength)

    init(families: [FeatureFamily]) {}

    func want(_ planes: [Bool]) { isWanted = Self.circles.indices.map { planes[4 * $0..<4 * $0 + 4].contains(true) } }

    func prepare(_ region: BlurRegion) { self.region = region }

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        for (index, circle) in Self.circles.enumerated() where isWanted[index] {
            let target = buffer.base + 4 * index * FeatureRun.columnsMax
            let rows = rows(run, planes[index], circle)
            Self.makeExtremes(rows, radius: circle.radius, diagonal: circle.diagonal, count: run.count, to: target)
            for plane in 0..<4 { values[4 * index + plane] = UnsafePointer(target + plane * FeatureRun.columnsMax) }
        }
    }

    private func rows(_ run: FeatureRun, _ plane: PlaneRows, _ circle: Circle) -> Rows {
        let (radius, diagonal) = (circle.radius, circle.diagonal)
        return (
            row(0, run.row - radius, run, plane, radius), row(1, run.row - diagonal, run, plane, radius),
            row(2, run.row, run, plane, radius), row(3, run.row + diagonal, run, plane, radius),
            row(4, run.row + radius, run, plane, radius)
        )
    }

    /// A row, the nearest one if it lies outside the window, at the first pixel of a run: where the run is near the window's left or right
    /// border, a copy at `position` that is continued by the outermost values.
    private func row(
        _ position: Int, _ row: Int, _ run: FeatureRun, _ plane: PlaneRows, _ radius: Int
    ) -> UnsafePointer<Float> {
        let source = plane.row(min(max(row, 0), region.windowHeight - 1)) + run.column
        let first = region.core.x + run.column
        let left = min(first, radius)
        let right = min(region.windowWidth - first, run.count + radius)
        if left == radius && right == run.count + radius { return source }
        let target = continued.base + position * Self.rowLength + 16
        (target - left).update(from: source - left, count: left + right)
        if left < radius { (target - radius).update(repeating: source[-left], count: radius - left) }
        if right < run.count + radius {
            (target + right).update(repeating: source[right - 1], count: run.count + radius - right)
        }
        return UnsafePointer(target)
    }

    /// Makes the four planes of a circle, each `FeatureRun.columnsMax` floats behind the one before.
    private static func makeExtremes(
        _ rows: Rows, radius: Int, diagonal: Int, count: Int, to target: UnsafeMutablePointer<Float>
    ) {
        for column in stride(from: 0, to: count, by: Lanes.count) {
            let middle = rows.2 + column
            let (east, west) = (Lanes(middle + radius), Lanes(middle - radius))
            let (southEast, northWest) = (Lanes(rows.3 + column + diagonal), Lanes(rows.1 + column - diagonal))
            let (south, north) = (Lanes(rows.4 + column), Lanes(rows.0 + column))
            let (southWest, northEast) = (Lanes(rows.3 + column - diagonal), Lanes(rows.1 + column + diagonal))
            let (low0, high0) = (east.lesser(west), east.greater(west))
            let (low1, high1) = (southEast.lesser(northWest), southEast.greater(northWest))
            let (low2, high2) = (south.lesser(north), south.greater(north))
            let (low3, high3) = (southWest.lesser(northEast), southWest.greater(northEast))
            let centre = Lanes(middle)
            let least = low0.lesser(low1).lesser(low2.lesser(low3))
            let most = high0.greater(high1).greater(high2.greater(high3))
            let mostOfLow = low0.greater(low1).greater(low2.greater(low3))
            let leastOfHigh = high0.lesser(high1).lesser(high2.lesser(high3))
            (least - centre).store(to: target + column)
            (most - centre).store(to: target + FeatureRun.columnsMax + column)
            (mostOfLow - centre).store(to: target + 2 * FeatureRun.columnsMax + column)
            (leastOfHigh - centre).store(to: target + 3 * FeatureRun.columnsMax + column)
        }
    }
}
