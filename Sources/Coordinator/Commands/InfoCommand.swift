internal import ArgumentParser
internal import Core

/// `coppice info`: what an image file holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Describe an image file.")

    @Argument(help: "An image.")
    var image: String

    func run() throws {
        let info = try ImageFile.source(path: image).info
        try Console.print(
            "\(image): \(info.width)×\(info.height) pixels, \(info.channels) channel\(info.channels == 1 ? "" : "s"), "
                + "\(info.sampleType.rawValue)")
    }
}
