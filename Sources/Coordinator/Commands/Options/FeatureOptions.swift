internal import ArgumentParser
internal import Features

/// Which features are computed.
struct FeatureOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Feature families, separated by commas.", valueName: "families"))
    var features: String = "intensity,edges,texture"

    @Option(help: ArgumentHelp("Smallest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMin: Double = 0.5

    @Option(help: ArgumentHelp("Largest Gaussian, in pixels.", valueName: "sigma"))
    var sigmaMax: Double = 16

    @Option(help: ArgumentHelp("Number of Gaussians, logarithmically spaced [one per octave].", valueName: "n"))
    var sigmaCount: Int?

    mutating func validate() throws {
        do {
            _ = try spec(channels: 1)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The options as they were given, by their names.
    var texts: [String: String] {
        [
            "features": features, "sigma-min": "\(sigmaMin)", "sigma-max": "\(sigmaMax)",
            "sigma-count": sigmaCount.map(String.init) ?? "automatic",
        ]
    }

    /// The feature spec for images with `channels` colour channels.
    func spec(channels: Int) throws(CommandError) -> FeatureSpec {
        var families: [FeatureFamily] = []
        for name in features.split(separator: ",") {
            guard let family = FeatureFamily(rawValue: String(name)) else {
                let known = FeatureFamily.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandError(.usage, "--features: expected some of \(known), found \"\(name)\"")
            }
            families.append(family)
        }
        do {
            let sigmas = try FeatureSpec.sigmas(from: sigmaMin, to: sigmaMax, count: sigmaCount)
            return try FeatureSpec(families: families, sigmas: sigmas, channels: channels)
        } catch {
            throw CommandError(.usage, error.description)
        }
    }
}
