internal import ArgumentParser

/// `coppice annotations`: files of annotations of other programs.
struct AnnotationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotations", abstract: "Describe and convert annotations of other programs.",
        subcommands: [ConvertAnnotationsCommand.self, AnnotationsInfoCommand.self])
}
