internal import ArgumentParser
internal import Coordinator
internal import Features
internal import Formats
internal import Imaging

/// `coppice features`: the features of every pixel of an image, as an array.
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract:
            "Compute the features of every pixel: a float32 array of the shape (height, width, features), NaN where a pixel has no data."
    )

    @Argument(help: "An image.")
    var image: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the array goes.", valueName: "features.npy"))
    var output: String?

    @Flag(help: "Print the names of the features in order.")
    var names = false

    @Option(
        help: ArgumentHelp(
            "Largest side of the tiles, in pixels; many features or a wide image make it less. The result does not depend on it.",
            valueName: "pixels"))
    var tile: Int = 256

    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions
    @OptionGroup(title: "Features") var features: FeatureOptions
    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        guard (1...2048).contains(tile) else { throw ValidationError("--tile: expected 1 to 2048 pixels, found \(tile)") }
        guard output != nil || names else { throw ValidationError("expected --output, --names or both, found neither") }
    }

    func run() async throws {
        guard let input = try planes.inputs(image).first, !planes.allPages else {
            throw CoordinatorError(.usage, "--all-pages: expected one plane, found all; take --page")
        }
        let info = try input.source.info
        let spec = try features.request().spec(channels: info.channels)
        if names { try Console.print(spec.names.joined(separator: "\n")) }
        guard let output else { return }
        var plan = OutputPlan()
        plan.read([image])
        try plan.write(output, as: "--output", endings: NPYHeader.endings)
        try plan.write(options.report, as: "--report")
        Console.warn(try plan.check())
        let request = FeatureArrayRequest(image: input, features: try features.request(), tileSideMax: tile)
        let directory = try kept.open(
            command: "features", parameters: request.parameters.merging(planes.texts) { $1 }, inputs: [image])
        try await options.perform(keptIn: directory, images: [image]) { run in
            try await run.writeFeatures(request, to: output)
        }
    }
}
