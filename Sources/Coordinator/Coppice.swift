internal import ArgumentParser
internal import Core

/// The command line of the coordinator.
@main
struct CoppiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coppice",
        abstract: "Trainable image segmentation, from a laptop to a cluster.",
        version: Coppice.version,
        subcommands: [
            DemoCommand.self, TrainCommand.self, SegmentCommand.self, EvaluateCommand.self, FeaturesCommand.self,
            PredictCommand.self, InspectCommand.self, InfoCommand.self, StatusCommand.self, RunsCommand.self,
            ExerciseCommand.self,
        ])

    static func main() async {
        await CommandRunner.run(Self.self)
    }
}
