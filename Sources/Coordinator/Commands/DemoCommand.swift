internal import ArgumentParser
internal import Coordinator
internal import Forest
internal import Formats
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// `coppice demo`: the whole way, on an image that the demo makes itself.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Make an image with scribbles, train on it, segment it, and show how well it went.")

    @Argument(help: "Folder for the files.")
    var folder: String = "coppice-demo"

    @Option(help: ArgumentHelp("Side of the image, in pixels.", valueName: "pixels"))
    var size: Int = 1024

    @Option(help: "Seed of the image, the scribbles and the forest.")
    var seed: UInt64 = 0

    @Flag(help: "Then open the image in the browser, to paint on it (coppice serve).")
    var serve = false

    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        guard !serve || options.roster.given.isEmpty else {
            throw ValidationError("--serve: expected local workers, found others; take coppice serve for these")
        }
        guard (64...8192).contains(size) else { throw ValidationError("--size: expected 64 to 8192 pixels, found \(size)") }
    }

    func run() async throws {
        var options = options
        let files = DemoFiles(folder: folder)
        options.report = options.report ?? files.report
        let directory = try kept.open(command: "demo", parameters: ["size": "\(size)", "seed": "\(seed)"], inputs: [])
        try await options.perform(keptIn: directory) { run in
            run.progress.say("Making an image of \(size)×\(size) pixels with three textures, its truth, and scribbles …")
            let picture = try run.clock.measure("make") { try makeInputs(files) }
            run.progress.say("Training a forest on the scribbles …")
            let pair = TrainingPair(image: ImageInput(path: files.image), labels: ImageInput(path: files.scribbles))
            let model = try await run.train(
                TrainingRequest(
                    .images([pair], FeatureRequest()), forest: try ForestParameters(seed: seed), classNames: DemoScene.classNames)
            )
            try PendingFile.write(try model.encoded(), to: files.model)
            run.progress.say("Segmenting the whole image …")
            let segmented = try await run.segment(
                SegmentationRequest([.init(image: ImageInput(path: files.image), paths: files.outputs)]),
                with: try ModelFile.load(files.model))
            try run.clock.measure("picture") { try write(picture, files) }
            let comparison = try Run.evaluate(EvaluationRequest([.init(predicted: files.labels, truth: files.truth)]))
            run.record.parameters["size"] = "\(size)"
            run.record.inputs = [files.image, files.scribbles, files.truth]
            run.record.outputs = [files.model] + segmented.outputs + [files.picture]
            run.record.results["accuracy"] = comparison.accuracy
            run.record.results["meanIntersectionOverUnion"] = comparison.meanIntersectionOverUnion
            try Console.print(summary(files, model, comparison, run, await run.workerShares))
        }
        guard serve else { return }
        let local = options.local.map { ["--local", "\($0)"] } ?? []
        let command = try ServeCommand.parse([files.image, "--open"] + local)
        try await command.serve(try ServeTarget(command.inputs))
    }

    /// Writes the image, its truth and the scribbles.
    private func makeInputs(_ files: DemoFiles) throws -> DemoPicture {
        let (image, truth) = try DemoScene(side: size, seed: seed).render()
        var artist = ScribbleArtist(seed: seed &+ 1, radius: max(2, size / 300))
        // About one per cent of the pixels.
        let scribbles = artist.paint(
            truth, classCount: DemoScene.classNames.count,
            pixelsPerClass: max(100, size * size / 100 / DemoScene.classNames.count))
        try image.write(to: files.image)
        try truth.write(to: files.truth)
        try scribbles.write(to: files.scribbles)
        return DemoPicture(image: image, scribbles: scribbles)
    }

    /// Completes the picture with the overlay that was written, and writes it.
    private func write(_ picture: DemoPicture, _ files: DemoFiles) throws {
        let overlay = try ImageFile.readAll(path: files.overlay)
        let joined: PixelBuffer
        do throws(PanelRowError) {
            joined = try picture.joined(with: overlay)
        } catch {
            throw CoordinatorError(.badInput, "\(files.overlay): \(error.description)")
        }
        try joined.write(to: files.picture)
    }

    private func summary(
        _ files: DemoFiles, _ model: SegmentationModel, _ comparison: LabelComparison, _ run: Run,
        _ shares: [RunReport.Worker]
    ) -> String {
        let percent = { (value: Double?) in value.map { String(format: "%.2f %%", $0 * 100) } ?? "unknown" }
        let phases = run.clock.all.map { String(format: "%@ %.2f s", $0.name, $0.seconds) }.joined(separator: ", ")
        let workers = shares.map { "\($0.url): \($0.jobs) jobs" }.joined(separator: ", ")
        return """

            estimated mean IoU   \(percent(run.record.estimate?.meanIntersectionOverUnion)) by leaving out strokes, before any truth is known
            mean IoU             \(percent(comparison.meanIntersectionOverUnion)) against the truth
            estimated accuracy   \(percent(run.record.estimate?.accuracy)) by leaving out strokes
            accuracy             \(percent(comparison.accuracy)) of all pixels
            out-of-bag accuracy  \(percent(model.training.outOfBag.accuracy)) on the strokes, which says little
            seconds              \(phases)
            workers              \(workers)

            Look at these files in \(folder):
              demo.png                   the image, the strokes on it and the result, side by side
              image.png, scribbles.png   what you would bring: an image, and strokes painted on it
              labels.png, overlay.png    what Coppice makes of them
              probabilities-*.png        how sure it is of each class
              uncertainty.png            where more strokes would help
              model.json, report.json    the trained forest, and how the run went

            Now with your own image (PNG, JPEG, TIFF or OME-Zarr), and a PNG of the same size with your strokes (0 = unlabelled, 1, 2, … = classes):
              \(files.command) train my.png my-strokes.png --output my-model.json
              \(files.command) segment my.png --model my-model.json --output my-labels.png --overlay my-overlay.png
            """
    }
}

/// The names of the demo's files.
private struct DemoFiles: Sendable {
    let folder: String

    var image: String { name("image.png") }
    var truth: String { name("truth.png") }
    var scribbles: String { name("scribbles.png") }
    var model: String { name("model.json") }
    var labels: String { name("labels.png") }
    var overlay: String { name("overlay.png") }
    var picture: String { name("demo.png") }
    var report: String { name("report.json") }

    /// All maps.
    var outputs: MapOutputs {
        MapOutputs(uniqueKeysWithValues: MapKind.allCases.map { ($0, name("\($0.rawValue).png")) })
    }

    /// How the user calls this program.
    var command: String { CommandLine.arguments.first ?? "coppice" }

    private func name(_ file: String) -> String { folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)" }
}
