internal import ArgumentParser
internal import Machine
internal import Primitives
internal import Protocol

/// `coppice` as a program: all but its entry point, which is a target of its own.
package enum CoordinatorProgram {
    /// Runs the command that the process was started with, and ends the process.
    package static func main() async {
        InheritedSignals.remember()
        ProcessLimit.prepare()
        ProcessLimit.explainCrashes(of: "coppice")
        FreedMemory.keep()
        await CommandRunner.run(CoppiceCommand.self)
    }
}

/// The command line of the coordinator.
struct CoppiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coppice",
        abstract: "Trainable image segmentation, from a laptop to a cluster.",
        version: Coppice.version,
        subcommands: [
            DemoCommand.self, ServeCommand.self, TrainCommand.self, SegmentCommand.self, EvaluateCommand.self,
            ObjectsCommand.self, FeaturesCommand.self, PredictCommand.self, InspectCommand.self, InfoCommand.self,
            AnnotationsCommand.self, StatusCommand.self, RunsCommand.self,
        ])
}
