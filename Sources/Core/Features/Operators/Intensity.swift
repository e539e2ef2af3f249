extension FeatureFamily {
    /// The blurred value itself.
    package static let intensity = FeatureFamily(
        "intensity", summary: "the blurred value", input: .everyScale, planeNames: ["intensity"], reachPixels: 0,
        kernel: IntensityKernel.self)
}

/// Points at the blurred row.
final class IntensityKernel: FeatureKernel {
    init(families: [FeatureFamily]) {}

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        values[0] = planes[0].row(run.row) + run.column
    }
}
