internal import ArgumentParser
internal import Features
internal import Imaging

/// `coppice features`: the features of every pixel of an image, as an array.
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Compute the features of every pixel: a float32 array of the shape (height, width, features).")

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
            throw CommandError(.usage, "--all-pages: expected one plane, found all; take --page")
        }
        let info = try input.source.info
        let spec = try features.spec(channels: info.channels)
        if names { try Console.print(spec.names.joined(separator: "\n")) }
        guard let output else { return }
        var plan = OutputPlan()
        plan.read([image])
        try plan.write(output, as: "--output", endings: ["npy"])
        try plan.write(options.report, as: "--report")
        try plan.check()
        let directory = try kept.open(
            command: "features", parameters: features.texts.merging(planes.texts.merging(["tile": "\(tile)"]) { $1 }) { $1 },
            inputs: [image])
        try await Cluster.use(options, keptIn: directory, images: [image]) { cluster in
            try await FeatureStack(image: input, spec: spec, tileSideMax: tile, cluster: cluster).write(to: output)
            cluster.record.inputs = [image]
            cluster.record.outputs = [output]
            cluster.record.parameters = [
                "features": spec.families.map(\.rawValue).joined(separator: ","),
                "sigmas": spec.sigmas.map { "\($0)" }.joined(separator: ","), "tile": "\(tile)",
            ]
        }
    }
}
