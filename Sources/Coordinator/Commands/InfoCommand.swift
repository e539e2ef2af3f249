internal import ArgumentParser
internal import Coordinator
internal import Formats

/// `coppice info`: what an image file holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Describe an image file.")

    @Argument(help: "An image.")
    var image: String

    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions

    func run() throws {
        for input in try planes.inputs(image) {
            let summary = ImageSummary(
                image: input, source: try input.source, contents: try ImageFile.contents(path: image))
            for line in summary.lines { try Console.print(line) }
        }
    }
}
