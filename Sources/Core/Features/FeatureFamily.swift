/// A family of local features computed from one Gaussian blur.
///
/// The raw values are the names of the command line and of the model file; the order of the cases is the order of the features.
package enum FeatureFamily: String, Codable, Hashable, Sendable, CaseIterable {
    /// The blurred value itself.
    case intensity
    /// Sobel gradient magnitude of the blurred value.
    case edges
    /// The two eigenvalues of the Hessian of the blurred value, the larger first.
    case texture

    /// Feature planes of this family per channel and sigma.
    package var planeSuffixes: [String] {
        switch self {
        case .intensity: ["intensity"]
        case .edges: ["edges"]
        case .texture: ["texture1", "texture2"]
        }
    }

    /// Pixels around a pixel that the family reads of the blurred plane.
    package var reachPixels: Int {
        switch self {
        case .intensity: 0
        case .edges: 1
        case .texture: 2
        }
    }
}
