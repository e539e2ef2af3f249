extension FeatureFamily {
    /// The two eigenvalues of the Hessian of the blurred value, the larger first (`TextureFilter`).
    package static let texture = FeatureFamily(
        "texture", summary: "both eigenvalues of the Hessian of the blurred value", input: .everyScale,
        planeNames: ["texture1", "texture2"], reachPixels: 2, kernel: DerivativeKernel.self)
}
