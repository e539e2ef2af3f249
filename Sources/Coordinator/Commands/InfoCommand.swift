internal import ArgumentParser
internal import Coordinator
internal import Formats
internal import Imaging

/// `coppice info`: what an image file holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Describe an image file.")

    @Argument(help: "An image.")
    var image: String

    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions

    func run() throws {
        let contents = try ImageFile.contents(path: image)
        for input in try planes.inputs(image) {
            // Of more channels than are used at once, one shows what the others are like.
            var shown = input
            if input.selection.channels == nil, contents.channels > ImageInfo.channelsMax { shown.selection.channels = [0] }
            let summary = ImageSummary(image: input, source: try shown.source, contents: contents)
            for line in summary.lines { try Console.print(line) }
        }
    }
}
