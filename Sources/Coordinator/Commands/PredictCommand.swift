internal import ArgumentParser
internal import Forest
internal import Protocol

/// `coppice predict`: classify the rows of a table.
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Classify the rows of a table with a model that was trained on a table.")

    @Argument(help: "The model.")
    var model: String

    @Argument(help: ArgumentHelp("Features, samples × features.", valueName: "X.npy"))
    var table: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the labels go: int32.", valueName: "y.npy"))
    var output: String

    @Option(help: ArgumentHelp("Write class probabilities: float32, samples × classes.", valueName: "p.npy"))
    var probabilities: String?

    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    func run() async throws {
        let loaded = try ModelFile.load(model)
        var plan = OutputPlan()
        plan.read([model, table])
        try plan.write(output, as: "--output", endings: ["npy"])
        try plan.write(probabilities, as: "--probabilities", endings: ["npy"])
        try plan.write(options.report, as: "--report")
        try plan.check()
        let directory = try kept.open(
            command: "predict", parameters: ["probabilities": probabilities == nil ? "none" : "float32"], inputs: [model, table])
        try await Cluster.use(options, keptIn: directory) { cluster in
            cluster.record.inputs = [model, table]
            cluster.record.seed = loaded.model.training.parameters.seed
            cluster.register(loaded.bytes, as: loaded.hash)
            try await TablePrediction(model: loaded.model, hash: loaded.hash, table: table, cluster: cluster)
                .write(labels: output, probabilities: probabilities)
            cluster.record.outputs = [output] + (probabilities.map { [$0] } ?? [])
        }
    }
}
