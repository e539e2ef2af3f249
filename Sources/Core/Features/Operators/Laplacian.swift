extension FeatureFamily {
    /// The trace of the Hessian of the blurred value: (rr + cc) · 0.25, of the second differences of `TextureFilter`.
    package static let laplacian = FeatureFamily(
        "laplacian", summary: "the Laplacian of the blurred value: the sum of the Hessian's eigenvalues", input: .everyScale,
        planeNames: ["laplacian"], reachPixels: 2, kernel: DerivativeKernel.self)
}
