internal import Imaging

extension FeatureFamily {
    /// How strongly, and how much in one direction, the mean of the channels changes around a pixel.
    package static let structureTensor = FeatureFamily(
        "structure-tensor", summary: "both eigenvalues of the structure tensor of the channels' mean at σ 1, 2, 4",
        input: .planes(StructureTensorKernel.sigmas.map { .mean(sigma: $0) }),
        planeNames: ["1", "2", "4"].flatMap { sigma in
            [1, 2].map { "mean.sigma\(sigma).structure-tensor\($0)" }
        },
        reachPixels: 17, planeInputs: [0, 0, 1, 1, 2, 2].map { [$0] }, kernel: StructureTensorKernel.self)
}

/// Computes the eigenvalues of the smoothed structure tensor at three sigmas, the larger first.
///
/// 1. Gσ is the mean over the channels of their planes blurred at σ; its gradient (y, x) is `np.gradient`'s: half the difference of the
///    neighbours, one-sided at the image's border.
/// 2. The products y · y, y · x and x · x are blurred as planes of their own, at max(1, σ), with the border rule "nearest".
/// 3. With those as a, b and c: m = a + c;  d = a − c;  e = b + b;  s = sqrt(fma(d, d, e · e));  λ₁ = (m + s) / 2;  λ₂ = (m − s) / 2.
///
/// Beside pixels without data the products' blur is normalised, too (`NormalisedBlur`): those at such pixels are left out.
///
/// A strip's products are made anew with the rows and columns around it that their blur reads: nothing is kept from strip to strip.
/// Hence the reach, of σ 4: 16 pixels of blur and one of the gradient.
final class StructureTensorKernel: FeatureKernel {
    static let sigmas = [1.0, 2, 4]

    /// Whether an eigenvalue of each sigma is wanted.
    private var isWanted = sigmas.map { _ in true }
    private var region = BlurRegion()
    private var blurs = sigmas.map { _ in GaussianBlur() }
    private var products = GradientProducts()
    private var validity: ValidityPlane?
    /// The blurred products of one sigma: three planes of a strip. In a fourth one, the factors that normalise them.
    private var blurred = AlignedBuffer<Float>()
    /// The eigenvalues: two planes of a strip for each sigma.
    private var eigenvalues = AlignedBuffer<Float>()
    private var pitch = 0
    private var firstRow = 0

    init(families: [FeatureFamily]) {}

    func want(_ planes: [Bool]) { isWanted = Self.sigmas.indices.map { planes[2 * $0] || planes[2 * $0 + 1] } }

    func prepare(_ region: BlurRegion) {
        self.region = BlurRegion(
            core: region.core, windowWidth: region.windowWidth, windowHeight: region.windowHeight, reach: 0)
        pitch = Strip.wholeVectors(region.core.width) + 2 * Lanes.count
        blurred = blurred.reserving(4 * Strip.lanes * pitch)
        eigenvalues = eigenvalues.reserving(2 * Self.sigmas.count * Strip.lanes * pitch)
        for index in blurs.indices { blurs[index].prepare(sigmas: [max(1, Self.sigmas[index])], region: self.region) }
    }

    func use(_ validity: ValidityPlane?) { self.validity = validity }

    func begin(rows: Range<Int>, of planes: UnsafePointer<PlaneRows>) {
        firstRow = rows.lowerBound
        let planeSize = Strip.lanes * pitch
        for (index, sigma) in Self.sigmas.enumerated() where isWanted[index] {
            let radius = FeatureSpec.radius(ofSigma: max(1, sigma))
            let isFull = validity?.areFull(rows.lowerBound - radius..<rows.upperBound + radius) ?? true
            products.make(of: planes[index], rows: rows, region: region, radius: radius, isFull ? nil : validity)
            for product in 0..<3 {
                blurs[index].blurVertically(products, channel: product, top: rows.lowerBound, count: rows.count)
                blurs[index].blurHorizontally(
                    scale: 0, rows: 0..<rows.count, to: blurred.base + product * planeSize, pitch: pitch)
            }
            if !isFull, let validity { normalise(scale: index, rows: rows, validity) }
            makeEigenvalues(count: rows.count * pitch, to: eigenvalues.base + 2 * index * planeSize)
        }
    }

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        let first = UnsafePointer(eigenvalues.base) + (run.row - firstRow) * pitch + run.column
        for index in 0..<2 * Self.sigmas.count { values[index] = first + index * Strip.lanes * pitch }
    }

    /// Normalises the blurred products of a strip.
    private func normalise(scale index: Int, rows: Range<Int>, _ validity: ValidityPlane) {
        let planeSize = Strip.lanes * pitch
        let factors = blurred.base + 3 * planeSize
        blurs[index].blurVertically(validity, channel: 0, top: rows.lowerBound, count: rows.count)
        blurs[index].blurHorizontally(scale: 0, rows: 0..<rows.count, to: factors, pitch: pitch)
        let count = rows.count * pitch
        NormalisedBlur.makeFactors(factors, count: count, ones: blurs[index].ones(scale: 0))
        for product in 0..<3 { NormalisedBlur.multiply(blurred.base + product * planeSize, by: factors, count: count) }
    }

    /// Turns `count` values of the blurred products into the larger eigenvalues, at `target`, and the smaller ones, a plane behind.
    private func makeEigenvalues(count: Int, to target: UnsafeMutablePointer<Float>) {
        let planeSize = Strip.lanes * pitch
        let (rows, mixed, columns) = (blurred.base, blurred.base + planeSize, blurred.base + 2 * planeSize)
        let half = Lanes(repeating: 0.5)
        for index in stride(from: 0, to: count, by: Lanes.count) {
            let sum = Lanes(rows + index) + Lanes(columns + index)
            let difference = Lanes(rows + index) - Lanes(columns + index)
            let twice = Lanes(mixed + index) + Lanes(mixed + index)
            let spread = (twice * twice).plus(difference, times: difference).squareRoot()
            ((sum + spread) * half).store(to: target + index)
            ((sum - spread) * half).store(to: target + planeSize + index)
        }
    }
}

/// The products of a plane's derivatives, y · y, y · x and x · x, around a strip of rows: `[product][row][column]`.
private struct GradientProducts: StripSource {
    private(set) var height = 0
    private var buffer = AlignedBuffer<Float>()
    private var pitch = 0
    /// The rows that there are, and the first column; of the window.
    private var rows = 0..<0
    private var firstColumn = 0

    /// - Parameters:
    ///   - radius: rows and columns around the strip that are needed.
    ///   - validity: pixels without data, whose products are made 0; nil if there are none near.
    mutating func make(
        of plane: PlaneRows, rows strip: Range<Int>, region: BlurRegion, radius: Int, _ validity: ValidityPlane?
    ) {
        height = region.windowHeight
        rows = max(0, strip.lowerBound - radius)..<min(height, strip.upperBound + radius)
        let columns = region.columnsRead(radius: radius)
        firstColumn = columns.lowerBound
        pitch = Strip.wholeVectors(columns.count) + Strip.lanes
        buffer = buffer.reserving(3 * rows.count * pitch)
        let half = Lanes(repeating: 0.5)
        let planeSize = rows.count * pitch
        for row in rows {
            let middle = plane.row(row) + columns.lowerBound - region.core.x
            let (above, below) = (middle - plane.pitch, middle + plane.pitch)
            let target = buffer.base + (row - rows.lowerBound) * pitch
            let mask = validity.map { $0.row(row) + columns.lowerBound }
            for column in stride(from: 0, to: columns.count, by: Lanes.count) {
                var y = (Lanes(below + column) - Lanes(above + column)) * half
                var x = (Lanes(middle + column + 1) - Lanes(middle + column - 1)) * half
                if let mask { (y, x) = (y * Lanes(mask + column), x * Lanes(mask + column)) }
                (y * y).store(to: target + column)
                (y * x).store(to: target + planeSize + column)
                (x * x).store(to: target + 2 * planeSize + column)
            }
        }
    }

    /// Rows outside of those that were made are read for results that nobody asks for: the nearest one will do.
    func copyFloats(row: Int, channel: Int, left: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        let row = min(max(row, rows.lowerBound), rows.upperBound - 1) - rows.lowerBound
        let source = buffer.base + (channel * rows.count + row) * pitch + left - firstColumn
        target.update(from: source, count: count)
    }
}
