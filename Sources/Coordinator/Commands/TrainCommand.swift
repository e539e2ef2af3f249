internal import ArgumentParser
internal import Coordinator
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
            A label image has the size of its image: 0 is unlabelled, every other grey value or palette index is a class. In an RGB
            image, black or transparent is unlabelled, and every other colour is a class: 1, 2, … in the order of red, then green,
            then blue. Where a label image stands, a file of annotations may stand. Labels of one image in several files are put
            together: where two label a pixel, the later file counts.
            """)

    @Argument(help: ArgumentHelp("Pairs of an image and its labels; with --table, X.npy and y.npy.", valueName: "image labels"))
    var files: [String] = []

    @Option(
        help: ArgumentHelp("List with lines image,labels or image,labels,page; commas, semicolons or tabs.", valueName: "file"))
    var manifest: String?

    @Flag(help: "Learn from a table: features X.npy (samples × features) and labels y.npy.")
    var table = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "model.json"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Estimate the accuracy by leaving out whole strokes, or images where there are several, in so many parts; 0 for no estimate [4].",
            valueName: "n"))
    var folds: Int?

    @Option(
        help: ArgumentHelp(
            "Keep the n features that matter most to a first forest of \(TrainingRequest.selectionTrees) trees; others are never computed "
                + "again [all].",
            valueName: "n"))
    var select: Int?

    @OptionGroup(title: "Labels") var labels: LabelOptions
    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions
    @OptionGroup(title: "Features") var features: FeatureOptions
    @OptionGroup(title: "Forest") var forest: ForestOptions
    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        if let folds, folds != 0, !FoldAssignment.foldCountRange.contains(folds) {
            throw ValidationError("--folds: expected 0, or 2 to \(FoldAssignment.foldCountRange.upperBound), found \(folds)")
        }
        if let select, select < 1 { throw ValidationError("--select: expected 1 feature or more, found \(select)") }
        if table {
            guard select == nil else {
                throw ValidationError("--select: expected images, whose features are computed, found --table")
            }
            guard files.count == 2, manifest == nil else {
                throw ValidationError("--table: expected X.npy y.npy, found \(files.count) file(s)")
            }
            guard !labels.areGiven else {
                throw ValidationError(
                    "--ignore-label, --colours, --centred, --stroke-width: expected labels of images, found --table")
            }
            guard folds == nil || folds == 0 else {
                throw ValidationError("--folds: expected images, whose strokes are left out, found --table")
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
        let list =
            table
            ? nil
            : try manifest.map { (path) throws(CoordinatorError) in try TrainingPairs(manifest: path) } ?? TrainingPairs(files)
        let pairs = try planes.pairs(list?.pairs ?? [])
        let request = TrainingRequest(
            table ? .table(features: files[0], labels: files[1]) : .images(pairs, try features.request()),
            forest: try forest.parameters(), limits: forest.limits, classNames: forest.names,
            rules: try labels.rules(), folds: folds ?? TrainingRequest.foldsUsual, select: select)
        var plan = OutputPlan()
        plan.read(table ? files : pairs.flatMap { [$0.image.path, $0.labels.path] } + (manifest.map { [$0] } ?? []))
        try plan.write(output, as: "--output")
        try plan.write(options.report, as: "--report")
        Console.warn(try plan.check())
        let inputs = plan.inputs.map(\.path)
        let directory = try kept.open(
            command: "train", parameters: request.parameters.merging(table ? [:] : planes.texts) { $1 }, inputs: inputs)
        try await options.perform(keptIn: directory, images: pairs.map(\.image.path)) { [output] run in
            run.record.inputs = inputs
            try run.notes.add(list?.notes ?? [])
            let model = try await run.train(request)
            try run.clock.measure("write") { try PendingFile.write(try model.encoded(), to: output) }
            run.record.outputs = [output]
            try Console.print(ModelSummary(model).trainingText(path: output, run.record.estimate))
        }
    }
}
