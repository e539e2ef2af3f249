internal import ArgumentParser
internal import Coordinator
internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives
internal import Synchronization
internal import Protocol

/// `coppice segment`: classify every pixel of images.
struct SegmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment",
        abstract: "Classify every pixel of images with a trained model.",
        discussion: """
            Images are files, folders of files, patterns in quotes ("day1/t*.tif"), or listed in a --manifest. \
            --output takes a file name, a folder, or a template in which {name} stands for the image's name without its extension, \
            {stem} for it up to its first dot, {folder} for the name of the image's folder, and {page} for the number of the plane. \
            With --recursive, images of folders below a folder are segmented, too; below an output folder, their folders are made again. \
            Labels are an image, or an array of integers when the name ends in .npy; probabilities and uncertainty are 16-bit images \
            (one per class, and one), or float32 arrays when the name ends in .npy. All three are OME-Zarr folders when the name ends in .zarr. Other names that end in .tif give tiled BigTIFFs with \
            overviews, others PNGs. With --all-pages, a name without {page} that ends in .tif or .zarr, or in .npy but for labels, takes all planes of a file. \
            Where the pixels lie, and their size, is carried into the maps. Of several images, those that cannot be read are named, and the others are segmented (exit \
            status 75); with --run-dir, the same command then does only what is missing.
            """)

    @Argument(help: ArgumentHelp("Images of the kind the model was trained on.", valueName: "images"))
    var inputs: [String] = []

    @Option(help: ArgumentHelp("More images, one a line, relative to the file's folder.", valueName: "images.csv"))
    var manifest: String?

    @Flag(help: "Folders stand for the images in all folders below them, too.")
    var recursive = false

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

    @Option(help: ArgumentHelp("Write the area of each class in each image and plane.", valueName: "areas.csv"))
    var areas: String?

    @OptionGroup(title: "Cleaning the result") var cleaning: CleaningOptions
    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions
    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        guard !inputs.isEmpty || manifest != nil else { throw ValidationError("expected images or --manifest, found none") }
        if let tile, !(1...8192).contains(tile) { throw ValidationError("--tile: expected 1 to 8192 pixels, found \(tile)") }
    }

    func run() async throws {
        let list = try ImageList(inputs, manifest: manifest, isRecursive: recursive)
        let images = try planes.inputs(list.images)
        let works = try works(of: images, in: list)
        let paths = works.map(\.paths)
        let request = SegmentationRequest(works, tileSide: tile, cleaning: cleaning.cleaning)
        let regions = cleaning.regions(of: works)
        // A run that is kept begins with a model that is known to be right; otherwise the workers start while it is read.
        let early = kept.isKept ? try loadModel(for: list, paths, regions) : nil
        let directory = try kept.open(
            command: "segment", parameters: planes.texts.merging(request.parameters) { $1 },
            inputs: works.map(\.image.path) + [model] + regions, separateInputs: works.count)
        try await options.perform(keptIn: directory, images: list.images) { run in
            let loaded = try early ?? loadModel(for: list, paths, regions)
            run.record.inputs = list.images + [model] + regions
            let complete = Lock<[ImageSegmentation.Work]>([])
            try run.notes.add(list.notes)
            let outcome = try await run.segment(request, with: loaded) { work in
                complete.withLock { $0.append(work) }
                try Console.print(work.paths[.labels] ?? "")
            }
            if let areas {
                var found = ClassAreas(of: loaded.model.classes)
                try run.clock.measure("areas") {
                    for work in complete.withLock({ $0 }) { try found.add(work) }
                    try found.write(to: areas)
                }
                run.record.outputs.append(areas)
            }
            if outcome.keptCount > 0 {
                run.progress.say("\(outcome.keptCount) of \(works.count) images were done before")
            }
            try outcome.failures.conclude()
        }
    }

    /// The model, once it is known that its outputs can be written.
    private func loadModel(for list: ImageList, _ paths: [MapOutputs], _ regions: [String]) throws -> ModelFile {
        let loaded = try ModelFile.load(model)
        var plan = try plan(list, paths, classes: loaded.model.classes)
        plan.read(regions)
        try plan.write(areas, as: "--areas", endings: ["csv"])
        Console.warn(try plan.check())
        return loaded
    }

    /// What was given of each map: its name, or a template of it.
    var templates: [MapKind: String?] {
        [.labels: output, .probabilities: probabilities, .uncertainty: uncertainty, .overlay: overlay]
    }

    /// The option by which a map is asked for.
    static func option(of kind: MapKind) -> String { kind == .labels ? "--output" : "--\(kind.rawValue)" }

    /// The outputs of each image.
    private func works(of images: [ImageInput], in list: ImageList) throws(CoordinatorError) -> [ImageSegmentation.Work] {
        var names: [MapKind: OutputName] = [:]
        for kind in MapKind.allCases {
            guard let template = templates[kind] ?? nil else { continue }
            names[kind] = OutputName(template: template, folderSuffix: "-\(kind.rawValue).png")
        }
        let works = try ImageSegmentation.Work.works(of: images, option: Self.option(of:)) { image in
            names.mapValues { $0.path(forInput: image, below: list.subfolder(of: image.path)) }
        }
        // That labels of several images are told apart is known before the model is; the plan looks at the other maps.
        _ = try names[.labels]?.paths(
            forInputs: works.map(\.image), below: works.map { list.subfolder(of: $0.image.path) },
            option: Self.option(of: .labels))
        return works
    }

    private func plan(_ list: ImageList, _ outputs: [MapOutputs], classes: [SegmentationClass]) throws(CoordinatorError)
        -> OutputPlan
    {
        var plan = OutputPlan()
        plan.read(list.images + list.folders + [model] + [manifest].compactMap { $0 })
        for paths in outputs {
            for kind in MapKind.allCases {
                for file in paths[kind].map({ kind.files($0, classes: classes) }) ?? [] {
                    try plan.write(file, as: Self.option(of: kind), endings: kind.endings)
                }
            }
        }
        try plan.write(options.report, as: "--report")
        return plan
    }
}
