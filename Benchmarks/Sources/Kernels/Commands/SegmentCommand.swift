internal import ArgumentParser
internal import Imaging

/// What `coppice segment` does, in one process: the tiles are the same, and so is the label file.
struct SegmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment-in-process",
        abstract: "Segment an image file in this process, from PNG to PNG: what workers and HTTP are held against.")

    @Argument(help: "An image.")
    var image: String

    @Option(help: "A model that was trained on images of this kind.")
    var model: String

    @Option(help: "Where the labels go.")
    var output: String

    @Option(help: "Side of the tiles, in pixels.")
    var tile = 1024

    @OptionGroup var timing: TimingOptions

    mutating func validate() throws {
        guard (1...8192).contains(tile) else { throw ValidationError("--tile: expected 1 to 8192 pixels, found \(tile)") }
    }

    func run() throws {
        let file = try ModelFile(path: model)
        let team = SlotTeam(threads: timing.threads)
        var pixels = 0
        var measurement = try timing.measure("segment-in-process") { _ in
            let segmentation = try StreamedSegmentation(image: image, output: output, model: file, tileSide: tile)
            try segmentation.run(on: team)
            pixels = segmentation.grid.imageWidth * segmentation.grid.imageHeight
        }
        measurement.facts = file.facts
        measurement.facts["pixels"] = Double(pixels)
        try measurement.report()
    }
}
