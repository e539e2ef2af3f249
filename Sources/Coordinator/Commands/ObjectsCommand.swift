internal import ArgumentParser
internal import Coordinator
internal import Imaging
internal import Objects

extension ObjectsRequest.Format: ExpressibleByArgument {}

/// `coppice objects`: the objects of a label image, with measurements.
struct ObjectsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objects",
        abstract: "Find the objects of a label image, and measure them.",
        discussion: """
            Objects are connected pixels of a class. They are numbered in the order of their first pixels, row by row. Measurements are those \
            of scikit-image's regionprops, in pixels and, where the file states their size, in micrometres. Outputs are QuPath's GeoJSON, a \
            table, COCO or an image of the objects' numbers, by their endings.
            """)

    @Argument(help: ArgumentHelp("A label image.", valueName: "labels"))
    var labels: String

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Where the objects go: .geojson, .csv, .json (COCO), .tif or .zarr (numbers of objects); may be given several times.",
            valueName: "file"))
    var output: [String]

    @Option(help: ArgumentHelp("The format of the outputs, whatever their endings.", valueName: "format"))
    var format: ObjectsRequest.Format?

    @Option(help: ArgumentHelp("Measure the intensities of this image.", valueName: "image"))
    var image: String?

    @Option(
        help: ArgumentHelp("Measure the mean probability of each object's class in this map.", valueName: "image"))
    var probabilities: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Names and colours of the classes.", valueName: "model.json"))
    var model: String?

    @Option(
        help: ArgumentHelp("The labels of objects, separated by commas [all but the largest class].", valueName: "list"))
    var classes: String?

    @Option(
        help: ArgumentHelp(
            "Find objects only where this label image or file of annotations labels; they are cut at its border. Annotations lie on --image, or on the labels.",
            valueName: "labels"))
    var within: String?

    @Option(help: ArgumentHelp("Neighbours that belong together: 4, or 8 with those at corners.", valueName: "4|8"))
    var connectivity: Int = 8

    @Option(help: ArgumentHelp("Pixels of the smallest object.", valueName: "pixels"))
    var minArea: Int = 1

    @Flag(help: "Fill holes of up to 256 pixels on a side, that touch one object alone.")
    var fillHoles = false

    @Flag(help: "Split objects of up to 256 pixels on a side at their necks.")
    var split = false

    @Option(help: ArgumentHelp("How much narrower a neck is on each side than the part beside it.", valueName: "pixels"))
    var splitDepth: Double = 1

    @Option(help: ArgumentHelp("Simplify outlines, by up to this distance.", valueName: "pixels"))
    var simplify: Double?

    @Option(help: ArgumentHelp("Cut the corners of outlines this often.", valueName: "times"))
    var smooth: Int = 0

    @Flag(help: "Write objects as QuPath's detections instead of annotations.")
    var detections = false

    @Option(
        help: ArgumentHelp(
            "Side of the tiles, in pixels [512, or 2048 of large images]. The result does not depend on it.", valueName: "pixels")
    )
    var tile: Int?

    @OptionGroup(title: "Labels") var labelOptions: LabelOptions
    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions
    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        if let tile, !(1...8192).contains(tile) { throw ValidationError("--tile: expected 1 to 8192 pixels, found \(tile)") }
        guard ObjectRules.Connectivity(rawValue: connectivity) != nil else {
            throw ValidationError("--connectivity: expected 4 or 8, found \(connectivity)")
        }
        guard minArea >= 1 else { throw ValidationError("--min-area: expected 1 pixel or more, found \(minArea)") }
        guard splitDepth > 0, splitDepth.isFinite else {
            throw ValidationError("--split-depth: expected a length above 0, found \(splitDepth)")
        }
        if let simplify, !(simplify > 0 && simplify.isFinite) {
            throw ValidationError("--simplify: expected a length above 0, found \(simplify)")
        }
        guard (0...8).contains(smooth) else { throw ValidationError("--smooth: expected 0 to 8 times, found \(smooth)") }
        guard !planes.allPages else { throw ValidationError("--all-pages: expected one plane, found all; take --page") }
        _ = try classes.map(Self.labels)
    }

    /// The labels of a list.
    private static func labels(_ list: String) throws(ValidationError) -> [UInt16] {
        var labels: Set<UInt16> = []
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let label = UInt16(word), label > 0 else {
                throw ValidationError("--classes: expected labels from 1 to 65535 with commas between them, found \"\(list)\"")
            }
            labels.insert(label)
        }
        return labels.sorted()
    }

    /// The outputs by their endings.
    private func outputs() throws(CoordinatorError) -> [ObjectsRequest.Output] {
        var outputs: [ObjectsRequest.Output] = []
        for path in output {
            guard let known = format ?? ObjectsRequest.Format(ofPath: path) else {
                let endings = ObjectsRequest.Format.allCases.flatMap(\.endings).map { ".\($0)" }.joined(separator: ", ")
                throw CoordinatorError(.usage, "--output: expected a name that ends in \(endings), found \"\(path)\"")
            }
            outputs.append(ObjectsRequest.Output(path: path, format: known))
        }
        return outputs
    }

    func run() async throws {
        var plan = OutputPlan()
        let images = [labels] + [image, probabilities].compactMap(\.self)
        let read = images + [model, within].compactMap(\.self)
        plan.read(read)
        let outputs = try outputs()
        for one in outputs {
            try plan.write(one.path, as: "--output", endings: one.format == .instances ? one.format.endings : [])
        }
        try plan.write(options.report, as: "--report")
        Console.warn(try plan.check())
        let request = try request(outputs)
        let loaded = try model.map { try ModelFile.load($0).model }
        let directory = try kept.open(
            command: "objects", parameters: planes.texts.merging(request.parameters) { $1 },
            inputs: read)
        try await options.perform(keptIn: directory, images: images) { run in
            let counts = try await run.writeObjects(request, model: loaded)
            run.progress.say(Self.summary(counts, request))
            for one in outputs { try Console.print(one.path) }
        }
    }

    private func request(_ outputs: [ObjectsRequest.Output]) throws -> ObjectsRequest {
        var plain = planes
        plain.channels = nil
        var request = ObjectsRequest(labels: try plain.input(labels), outputs: outputs)
        if let page = planes.page { request.labels.selection.page = page }
        request.image = try image.flatMap { try planes.inputs($0).first }
        request.probabilities = try probabilities.flatMap { try plain.inputs($0).first }
        request.classes = try classes.map(Self.labels)
        request.connectivity = connectivity == 4 ? .four : .eight
        request.areaMin = minArea
        request.fillsHoles = fillHoles
        request.splitDepth = split ? splitDepth : nil
        request.drawing = OutlineDrawing(tolerance: simplify, smoothing: smooth)
        request.isDetections = detections
        request.labelRules = try labelOptions.rules()
        request.within = within
        request.tileSide = tile
        return request
    }

    /// What was found, and what was left as it is.
    private static func summary(_ counts: ObjectCounts, _ request: ObjectsRequest) -> String {
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        var text = "\(counted(counts.objects, "object")) of \(counted(counts.pixels, "pixel"))"
        if counts.small > 0 { text += "; \(counts.small) below \(request.areaMin) pixels left out" }
        if counts.unsplit > 0 { text += "; \(counts.unsplit) larger than \(ObjectRules.reach) pixels not split" }
        if counts.unoutlined > 0 { text += "; \(counts.unoutlined) with too many corners written without an outline" }
        return text
    }
}
