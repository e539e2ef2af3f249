internal import ArgumentParser
internal import Coordinator
internal import Forest
internal import Formats
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
        try plan.write(output, as: "--output", endings: NPYHeader.endings)
        try plan.write(probabilities, as: "--probabilities", endings: NPYHeader.endings)
        try plan.write(options.report, as: "--report")
        Console.warn(try plan.check())
        let request = TablePredictionRequest(table: table, labels: output, probabilities: probabilities)
        let directory = try kept.open(command: "predict", parameters: request.parameters, inputs: [model, table])
        try await options.perform(keptIn: directory) { [model, table] run in
            run.record.inputs = [model, table]
            try await run.predict(request, with: loaded)
        }
    }
}
