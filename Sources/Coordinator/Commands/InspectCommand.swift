internal import ArgumentParser
internal import Coordinator
internal import Foundation

/// `coppice inspect`: what a model knows, and how good it is.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model: classes, features, forest, accuracy, importances.")

    @Argument(help: "A model file.")
    var model: String

    @Option(
        help: ArgumentHelp(
            "The report of the training: says how accurate the model is expected to be beside its strokes.",
            valueName: "report.json"))
    var report: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let loaded = try ModelFile.load(model)
        var summary = ModelSummary(loaded.model)
        let estimate = try report.map { try RunReport.estimate(in: $0, ofModel: loaded.hash) }
        if json {
            summary.estimate = estimate
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try Console.print(String(decoding: try encoder.encode(summary), as: UTF8.self))
        } else {
            try Console.print(summary.text(path: model, estimate))
        }
    }
}
