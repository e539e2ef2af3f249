internal import ArgumentParser
internal import Coordinator
internal import Foundation

/// `coppice inspect`: what a model knows, and how good it is.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model: classes, features, forest, accuracy, importances.")

    @Argument(help: "A model file.")
    var model: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let loaded = try ModelFile.load(model)
        let summary = ModelSummary(loaded.model)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try Console.print(String(decoding: try encoder.encode(summary), as: UTF8.self))
        } else {
            try Console.print(summary.text(path: model))
        }
    }
}
