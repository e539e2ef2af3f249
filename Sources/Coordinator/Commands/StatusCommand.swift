internal import ArgumentParser
internal import Coordinator
internal import Foundation

/// `coppice status`: how a run stands.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how a run stands, also while it runs: jobs, workers, troubles, and how to go on.")

    @Argument(help: ArgumentHelp("The directory that was given as --run-dir.", valueName: "run"))
    var directory: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let status = try RunStatus(directory: directory)
        guard json else { return try Console.print(status.text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Console.print(String(decoding: try encoder.encode(status), as: UTF8.self))
    }
}
