internal import ArgumentParser
internal import Coordinator
internal import Features

/// Which features are computed.
struct FeatureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Feature families, separated by commas: \(FeatureFamily.known).",
            discussion: FeatureFamily.allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "\n"),
            valueName: "families"))
    var features = FeatureRequest().families.map(\.rawValue).joined(separator: ",")

    @Option(help: ArgumentHelp("Smallest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMin = FeatureRequest().sigmaMin

    @Option(help: ArgumentHelp("Largest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMax = FeatureRequest().sigmaMax

    @Option(help: ArgumentHelp("Number of Gaussians, logarithmically spaced [one per octave].", valueName: "n"))
    var sigmaCount: Int?

    mutating func validate() throws {
        do {
            _ = try request().spec(channels: 1)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// What is asked for.
    func request() throws(CoordinatorError) -> FeatureRequest {
        var families: [FeatureFamily] = []
        for name in features.split(separator: ",") {
            guard let family = FeatureFamily(rawValue: String(name)) else {
                throw CoordinatorError(.usage, "--features: expected some of \(FeatureFamily.known), found \"\(name)\"")
            }
            families.append(family)
        }
        return FeatureRequest(families: families, sigmaMin: sigmaMin, sigmaMax: sigmaMax, sigmaCount: sigmaCount)
    }
}
