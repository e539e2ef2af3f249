internal import ArgumentParser
internal import Core
internal import Foundation

/// `coppice segment`: classify every pixel of images.
struct SegmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment",
        abstract: "Classify every pixel of images with a trained model.",
        discussion: """
            --output takes a file name, a folder, or a template in which {name} stands for the image's name without its extension. \
            Probabilities and uncertainty are 16-bit PNG files (one per class, and one), or float32 arrays when the name ends in .npy.
            """)

    @Argument(help: "Images of the kind the model was trained on.")
    var images: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "model.json"))
    var model: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the labels go.", valueName: "file|folder|template"))
    var output: String

    @Option(help: ArgumentHelp("Write the probability of each class.", valueName: "file|template"))
    var probabilities: String?

    @Option(help: ArgumentHelp("Write 1 − (largest − second largest probability).", valueName: "file|template"))
    var uncertainty: String?

    @Option(help: ArgumentHelp("Write the image with the class colours laid over it.", valueName: "file|template"))
    var overlay: String?

    @Option(
        help: ArgumentHelp(
            "Side of the tiles, in pixels [1024, or less to give every worker some]. The result does not depend on it.",
            valueName: "pixels"))
    var tile: Int?

    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        if let tile, !(1...8192).contains(tile) { throw ValidationError("--tile: expected 1 to 8192 pixels, found \(tile)") }
    }

    func run() async throws {
        let paths = try outputPaths()
        try await Cluster.use(options) { cluster in
            let loaded = try cluster.clock.measure("read") { try ModelFile.load(model) }
            cluster.register(loaded.bytes, as: loaded.hash)
            let segmentation = ImageSegmentation(
                model: loaded.model, hash: loaded.hash, tileSide: tile, cluster: cluster)
            var written: [String] = []
            for (image, paths) in zip(images, paths) {
                written += try await segmentation.segment(image, to: paths)
                print(paths.labels)
            }
            cluster.record.seed = loaded.model.training.parameters.seed
            cluster.record.parameters = tile.map { ["tile": "\($0)"] } ?? [:]
            cluster.record.inputs = images + [model]
            cluster.record.outputs = written
        }
    }

    private func outputPaths() throws(CommandError) -> [OutputPaths] {
        func resolve(_ template: String?, _ option: String, _ suffix: String) throws(CommandError) -> [String?] {
            guard let template else { return images.map { _ in nil } }
            return try OutputName(template: template, folderSuffix: suffix).paths(forInputs: images, option: option)
        }
        let labels = try OutputName(template: output, folderSuffix: "-labels.png").paths(forInputs: images, option: "--output")
        let probabilities = try resolve(probabilities, "--probabilities", "-probabilities.png")
        let uncertainty = try resolve(uncertainty, "--uncertainty", "-uncertainty.png")
        let overlay = try resolve(overlay, "--overlay", "-overlay.png")
        let paths = labels.indices.map {
            OutputPaths(
                labels: labels[$0], probabilities: probabilities[$0], uncertainty: uncertainty[$0], overlay: overlay[$0])
        }
        for paths in paths {
            let all = [paths.labels, paths.probabilities, paths.uncertainty, paths.overlay].compactMap { $0 }
            guard Set(all).count == all.count else {
                throw CommandError(.usage, "expected a file of its own for every output, found \(all.joined(separator: ", "))")
            }
        }
        return paths
    }
}
