internal import ArgumentParser
internal import Primitives

/// Times the kernels of `Core` in this process: no coordinator, no workers, no HTTP.
///
/// Every subcommand prints one line of JSON, a `Measurement`.
@main
struct Kernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Time the kernels of Coppice on given input; one line of JSON each.",
        subcommands: [
            FeatureBinsCommand.self, FeaturePlanesCommand.self, TrainCommand.self, LabelsCommand.self, ProbabilitiesCommand.self,
            SegmentCommand.self,
        ])
}
