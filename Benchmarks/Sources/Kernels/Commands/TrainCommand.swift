internal import ArgumentParser
internal import Forest

/// A forest from a table of floats: edges, bins, trees.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a forest on a table; edges and bins as the coordinator makes them, trees on all threads.")

    @Argument(help: "Features, samples × features.")
    var features: String

    @Argument(help: "One integer per sample.")
    var labels: String

    @Option(help: "Number of trees.")
    var trees = 100

    @Option(help: "Deepest level of a tree [no limit].")
    var maxDepth: Int?

    @Option(help: ArgumentHelp("Samples drawn for each tree [all].", valueName: "count|fraction"))
    var maxSamples = "all"

    @Option(help: "Seed of all random choices.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Train on no more samples than this, evenly spaced.", valueName: "count"))
    var samples: Int?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Score the forest on this table.", valueName: "X.npy> <y.npy"))
    var heldOut: [String] = []

    @OptionGroup var timing: TimingOptions

    mutating func validate() throws {
        if let samples, samples < 1 { throw ValidationError("--samples: expected at least 1, found \(samples)") }
        guard heldOut.isEmpty || heldOut.count == 2 else {
            throw ValidationError("--held-out: expected X.npy y.npy, found \(heldOut.count) file(s)")
        }
    }

    func run() throws {
        let table = try TableFile(features: features, labels: labels, limit: samples)
        let parameters = try ForestParameters(
            trees: trees, maxDepth: maxDepth, maxSamples: MaxSamples(parsing: maxSamples), seed: seed)
        let training = TableTraining(table: table, parameters: parameters, team: SlotTeam(threads: timing.threads))
        var latest: TableTraining.Result?
        var measurement = try timing.measure("train") { stopwatch in latest = try training.train(&stopwatch) }
        measurement.facts = [
            "samples": Double(table.sampleCount), "features": Double(table.featureCount), "classes": Double(table.classCount),
            "trees": Double(trees),
        ]
        if let latest {
            measurement.facts["nodes"] = Double(latest.forest.trees.reduce(0) { $0 + $1.nodeCount })
            if heldOut.count == 2 {
                let truth = try TableFile(features: heldOut[0], labels: heldOut[1])
                measurement.facts["accuracy"] = latest.accuracy(on: truth)
            }
        }
        try measurement.report()
    }
}
