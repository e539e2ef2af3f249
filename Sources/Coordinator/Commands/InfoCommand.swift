internal import ArgumentParser
internal import Core

/// `coppice info`: what an image file holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Describe an image file.")

    @Argument(help: "An image.")
    var image: String

    func run() throws {
        for line in ImageSummary(path: image, source: try ImageFile.source(path: image)).lines { try Console.print(line) }
    }
}
