extension FeatureFamily {
    /// Sobel's gradient magnitude of the blurred value (`EdgeFilter`).
    package static let edges = FeatureFamily(
        "edges", summary: "Sobel's gradient magnitude of the blurred value", input: .everyScale, planeNames: ["edges"],
        reachPixels: 1, kernel: DerivativeKernel.self)
}
