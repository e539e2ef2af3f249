extension FeatureFamily {
    /// Differences of the channels' mean at pairs of sigmas that lie far apart: a pixel against its surroundings, small and large.
    package static let differenceOfGaussians = FeatureFamily(
        "difference-of-gaussians", summary: "mean of the channels at σ 0.5, 1, 2, 4 minus that at σ 4, 8, 16, 16",
        input: .planes([0.5, 1, 2, 4, 8, 16].map { .mean(sigma: $0) }),
        planeNames: ["0.5-4", "1-8", "2-16", "4-16"].map { "mean.sigma\($0).difference-of-gaussians" }, reachPixels: 0,
        planeInputs: DifferenceOfGaussiansKernel.pairs.map { [$0.0, $0.1] }, kernel: DifferenceOfGaussiansKernel.self)
}

/// Computes G0.5 − G4, G1 − G8, G2 − G16 and G4 − G16, where Gσ is the mean over the channels of their planes blurred at σ.
final class DifferenceOfGaussiansKernel: FeatureKernel {
    /// Positions in the family's inputs of what is subtracted from, and of what is subtracted.
    static let pairs = [(0, 3), (1, 4), (2, 5), (3, 5)]

    private let buffer = AlignedBuffer<Float>(count: pairs.count * FeatureRun.columnsMax)
    private var isWanted = pairs.map { _ in true }

    init(families: [FeatureFamily]) {}

    func want(_ planes: [Bool]) { isWanted = planes }

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        for (index, (narrow, wide)) in Self.pairs.enumerated() where isWanted[index] {
            let first = planes[narrow].row(run.row) + run.column
            let second = planes[wide].row(run.row) + run.column
            let target = buffer.base + index * FeatureRun.columnsMax
            for column in stride(from: 0, to: run.count, by: Lanes.count) {
                (Lanes(first + column) - Lanes(second + column)).store(to: target + column)
            }
            values[index] = UnsafePointer(target)
        }
    }
}
