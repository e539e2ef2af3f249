internal import ArgumentParser
internal import Coordinator
internal import Forest

/// How the forest is grown.
struct ForestOptions: ParsableArguments {
    @Option(help: "Number of trees.")
    var trees: Int = 100

    @Option(help: ArgumentHelp("Deepest level of a tree [no limit].", valueName: "n"))
    var maxDepth: Int?

    @Option(
        help: ArgumentHelp(
            "Samples drawn for each tree: a count such as 20000, or a fraction such as 0.05 [all].",
            valueName: "count|fraction"))
    var maxSamples: String?

    @Option(
        help: ArgumentHelp("Learn from at most so many labelled samples of each class, chosen by the seed [all].", valueName: "n")
    )
    var maxSamplesPerClass: Int?

    @Option(
        help: ArgumentHelp("Learn from at most so many labelled pixels of each image, chosen by the seed [all].", valueName: "n"))
    var maxSamplesPerImage: Int?

    @Option(help: ArgumentHelp("Features looked at for each split: sqrt, log2, all, a count, or a fraction.", valueName: "rule"))
    var maxFeatures: String = "sqrt"

    @Option(help: ArgumentHelp("Fewest samples of a leaf.", valueName: "n"))
    var minSamplesLeaf: Int = 1

    @Option(help: ArgumentHelp("none or balanced.", valueName: "rule"))
    var classWeight: String = "none"

    @Option(help: ArgumentHelp("Names of the classes in the order of their labels, separated by commas.", valueName: "a,b,c"))
    var classNames: String?

    @Option(help: "Seed of all random choices.")
    var seed: UInt64 = 0

    mutating func validate() throws {
        for (option, limit) in [("class", maxSamplesPerClass), ("image", maxSamplesPerImage)] {
            guard limit.map({ $0 >= 1 }) ?? true else {
                throw ValidationError("--max-samples-per-\(option): expected 1 or more, found \(limit ?? 0)")
            }
        }
        do {
            _ = try parameters()
        } catch {
            throw ValidationError(error.description)
        }
    }

    func parameters() throws(CoordinatorError) -> ForestParameters {
        do {
            return try ForestParameters(
                trees: trees, maxDepth: maxDepth, minSamplesLeaf: minSamplesLeaf,
                maxFeatures: MaxFeatures(parsing: maxFeatures), maxSamples: maxSamples.map(MaxSamples.init(parsing:)) ?? .all,
                classWeight: ClassWeight(parsing: classWeight), seed: seed)
        } catch {
            throw CoordinatorError(.usage, "\(error)")
        }
    }

    /// The most samples that are learned from.
    var limits: SampleLimits { SampleLimits(perImage: maxSamplesPerImage, perClass: maxSamplesPerClass) }

    /// The class names that were given, in the order of the labels.
    var names: [String]? { classNames.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } }
}
