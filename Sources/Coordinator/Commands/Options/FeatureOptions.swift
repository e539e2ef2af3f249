internal import ArgumentParser
internal import Coordinator
internal import Features

/// Which features are computed.
struct FeatureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A preset (\(FeaturePreset.allCases.map(\.rawValue).joined(separator: ", "))), or feature families, "
                + "separated by commas: \(FeatureFamily.known).",
            discussion: (FeaturePreset.allCases.map { "\($0.rawValue): \($0.summary)" }
                + FeatureFamily.allCases.map { "\($0.rawValue): \($0.summary)" }).joined(separator: "\n"),
            valueName: "preset or families"))
    var features = FeatureRequest().choice.description

    @Option(help: ArgumentHelp("Smallest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMin = FeatureRequest().sigmaMin

    @Option(help: ArgumentHelp("Largest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMax = FeatureRequest().sigmaMax

    @Option(help: ArgumentHelp("Number of Gaussians, logarithmically spaced [one per octave].", valueName: "n"))
    var sigmaCount: Int?

    mutating func validate() throws {
        do {
            try request().check()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// What is asked for.
    func request() throws(CoordinatorError) -> FeatureRequest {
        guard let choice = FeatureChoice(parsing: features) else {
            let unknown = features.split(separator: ",").first { FeatureFamily(rawValue: String($0)) == nil } ?? ""
            throw CoordinatorError(.usage, "--features: expected \(FeatureChoice.known), found \"\(unknown)\"")
        }
        return FeatureRequest(choice, sigmaMin: sigmaMin, sigmaMax: sigmaMax, sigmaCount: sigmaCount)
    }
}
