internal import ArgumentParser
internal import Features
internal import Forest
internal import Foundation
internal import Protocol

/// `coppice train`: a forest from annotated images, or from a table made elsewhere.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a forest on the labelled pixels of images.",
        usage: """
            coppice train IMAGE LABELS [IMAGE LABELS ...] --output model.json
            coppice train --manifest pairs.csv --output model.json
            coppice train --table X.npy y.npy --output model.json
            """,
        discussion: """
            A label image has the size of its image: 0 is unlabelled, every other grey value or palette index is a class.
            """)

    @Argument(help: ArgumentHelp("Pairs of an image and its labels; with --table, X.npy and y.npy.", valueName: "image labels"))
    var files: [String] = []

    @Option(help: ArgumentHelp("CSV file with lines image,labels or image,labels,page.", valueName: "file"))
    var manifest: String?

    @Flag(help: "Learn from a table: features X.npy (samples × features) and labels y.npy.")
    var table = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "model.json"))
    var output: String

    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions
    @OptionGroup(title: "Features") var features: FeatureOptions
    @OptionGroup(title: "Forest") var forest: ForestOptions
    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        if table {
            guard files.count == 2, manifest == nil else {
                throw ValidationError("--table: expected X.npy y.npy, found \(files.count) file(s)")
            }
            guard forest.maxSamplesPerImage == nil else {
                throw ValidationError("--max-samples-per-image: expected images, found --table")
            }
        } else if manifest != nil {
            guard files.isEmpty else { throw ValidationError("expected either --manifest or pairs IMAGE LABELS, found both") }
        } else if files.isEmpty || !files.count.isMultiple(of: 2) {
            throw ValidationError("expected pairs IMAGE LABELS, found \(files.count) file(s)")
        }
    }

    func run() async throws {
        let parameters = try forest.parameters()
        let pairs = table ? [] : try trainingPairs()
        var plan = OutputPlan()
        plan.read(table ? files : pairs.flatMap { [$0.image.path, $0.labels.path] } + (manifest.map { [$0] } ?? []))
        try plan.write(output, as: "--output")
        try plan.write(options.report, as: "--report")
        try plan.check()
        let inputs = plan.inputs.map(\.path)
        let directory = try kept.open(
            command: "train",
            parameters: forest.texts.merging(
                table ? ["table": "yes"] : features.texts.merging(planes.texts) { $1 }
            ) { $1 }, inputs: inputs)
        try await Cluster.use(options, keptIn: directory, images: pairs.map(\.image.path)) { cluster in
            cluster.record.inputs = inputs
            cluster.record.seed = parameters.seed
            let model = table ? try await fromTable(parameters, cluster) : try await fromImages(pairs, parameters, cluster)
            try conclude(model, cluster)
        }
    }

    private func fromTable(_ parameters: ForestParameters, _ cluster: Cluster) async throws -> SegmentationModel {
        let training = TableTraining(
            features: files[0], labels: files[1], parameters: parameters, limits: forest.limits, classNames: forest.names,
            cluster: cluster)
        return try await training.train()
    }

    private func fromImages(
        _ pairs: [TrainingPair], _ parameters: ForestParameters, _ cluster: Cluster
    ) async throws -> SegmentationModel {
        let set = try cluster.clock.measure("read") { try TrainingSet(pairs) }
        let spec = try features.spec(channels: set.channels)
        let training = ImageTraining(
            set: set, spec: spec, parameters: parameters, limits: forest.limits, classNames: forest.names, cluster: cluster)
        return try await training.train()
    }

    private func trainingPairs() throws -> [TrainingPair] {
        try planes.pairs(try manifest.map(TrainingPair.manifest) ?? TrainingPair.pairs(files))
    }

    /// Writes the model and says what it is.
    private func conclude(_ model: SegmentationModel, _ cluster: Cluster) throws {
        try cluster.clock.measure("write") { try PendingFile.write(try model.encoded(), to: output) }
        cluster.record.parameters = Self.parameters(model.training.parameters, model.input)
        cluster.record.outputs = [output]
        cluster.record.results["outOfBagAccuracy"] = model.training.outOfBag.accuracy
        cluster.record.results["samples"] = Double(model.training.samplesPerClass.reduce(0, +))
        try Console.print(ModelSummary(model).trainingText(path: output))
    }

    /// The parameters by the names of their options.
    private static func parameters(_ parameters: ForestParameters, _ input: ModelInput) -> [String: String] {
        var texts = [
            "trees": "\(parameters.trees)", "max-depth": parameters.maxDepth.map(String.init) ?? "none",
            "max-samples": parameters.maxSamples.description, "max-features": parameters.maxFeatures.description,
            "min-samples-leaf": "\(parameters.minSamplesLeaf)", "class-weight": parameters.classWeight.rawValue,
            "seed": "\(parameters.seed)",
        ]
        if case .pixels(let spec, _) = input {
            texts["features"] = spec.families.map(\.rawValue).joined(separator: ",")
            texts["sigmas"] = spec.sigmas.map { "\($0)" }.joined(separator: ",")
        }
        return texts
    }
}
