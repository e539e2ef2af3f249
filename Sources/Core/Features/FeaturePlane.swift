/// One plane of a spec's families.
struct FeaturePlane: Hashable, Sendable {
    let family: FeatureFamily
    /// The channel and Gaussian of a family of every scale; nil of a family of named planes.
    let channel: Int?
    let sigma: Double?
    /// Position among the family's planes.
    let index: Int

    /// The Gaussians whose planes it is made of.
    var inputSigmas: [Double] {
        switch family.input {
        case .everyScale: sigma.map { [$0] } ?? []
        case .planes(let inputs): family.inputs(ofPlane: index).map { inputs[$0].sigma }
        }
    }

    /// `channel0.sigma0.5.intensity`; of a family of named planes, the plane's own name.
    var name: String {
        guard let channel, let sigma else { return family.planeNames[index] }
        return "channel\(channel).sigma\(Self.text(of: sigma)).\(family.planeNames[index])"
    }

    private static func text(of sigma: Double) -> String {
        sigma == sigma.rounded() ? String(Int(sigma)) : String(sigma)
    }
}
