internal import AnnotationFormats
internal import Annotations
internal import ArgumentParser
internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging

/// `coppice annotations convert`: annotations of one program for another, or as a label image.
struct ConvertAnnotationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert annotations into another format, or into a label image.",
        discussion: """
            What A is tells its content. What B becomes tells its name: .geojson (QuPath), .zip (ImageJ), .labeling (Labkit), .ilp (ilastik), \
            .csv (napari), .coco.json, .annotations.json (Coppice), .json (plotly), .png or .tif (a label image); or --to.
            """)

    @Argument(help: ArgumentHelp("Annotations, or a label image.", valueName: "A"))
    var input: String

    @Argument(help: ArgumentHelp("Where they go.", valueName: "B"))
    var output: String

    @Option(help: ArgumentHelp("The image's size, for label images: 1024x768.", valueName: "WxH"))
    var size: String?

    @Option(help: ArgumentHelp("The image: its size, and whose annotations are taken of a file of several.", valueName: "image"))
    var image: String?

    @Option(
        help: ArgumentHelp(
            "The format of B: \(Self.options.joined(separator: ", ")) [by its name].", valueName: "format"))
    var to: String?

    @Flag(help: "Strokes become polygons around their pixels, for programs that know no width of lines.")
    var buffered = false

    @Flag(help: "B has coordinates of pixel centres: 0.5 is subtracted.")
    var centredOutput = false

    @OptionGroup var reading: AnnotationReadingOptions

    private static let labelImage = "labels"
    private static var written: [any AnnotationFormat.Type] { AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty } }
    private static var options: [String] { written.map { $0.option } + [labelImage] }

    mutating func validate() throws {
        if let to, !Self.options.contains(to) {
            throw ValidationError("--to: expected one of \(Self.options.joined(separator: ", ")), found \(to)")
        }
        guard size == nil || image == nil else { throw ValidationError("expected either --size or --image, found both") }
        _ = try sides()
    }

    /// The size that `--size` states.
    private func sides() throws -> (width: Int, height: Int)? {
        try size.map { text in
            let parts = text.lowercased().split(whereSeparator: { $0 == "x" || $0 == "×" }).compactMap { Int($0) }
            guard parts.count == 2, parts.allSatisfy({ (1...1_000_000).contains($0) }) else {
                throw ValidationError("--size: expected WxH of 1…1000000 pixels, such as 1024x768, found \"\(text)\"")
            }
            return (parts[0], parts[1])
        }
    }

    func run() throws {
        let ending = FilePath(output).ending
        let isImage = to.map { $0 == Self.labelImage } ?? (AnnotationFile.format(ending: output) == nil)
        if isImage, !["png", "tif", "tiff"].contains(ending) {
            throw ValidationError(
                "B: expected a name that ends in .png, .tif or that of a format of annotations, or --to, found \(output)")
        }
        var plan = OutputPlan()
        plan.read([input] + (image.map { [$0] } ?? []))
        try plan.write(output, as: "B")
        Console.warn(try plan.check())
        let notes = InputNotes { Console.sayLine($0) }
        let found = try reading.read(input, image: image)
        try notes.add(found.notes, of: input)
        let shown = try image.map { try ImageFile.contents(path: $0).levels[0] }.map { ($0.width, $0.height) }
        let size = try sides() ?? shown ?? found.size
        if isImage {
            guard let size else {
                throw ValidationError("expected the size of the label image: --size WxH, or --image IMAGE")
            }
            return try LabelImage.write(found.document, width: size.0, height: size.1, to: output)
        }
        let format = to.flatMap { AnnotationFile.format(option: $0) } ?? AnnotationFile.format(ending: output)
        guard let format else { preconditionFailure("no format for \(output)") }
        var writing = AnnotationWriting(image: image, width: size?.0, height: size?.1, isBuffered: buffered)
        writing.isCentred = centredOutput
        let (document, changedCount) = try AnnotationFile.fitted(found.document, to: format, writing, path: output)
        if changedCount > 0 {
            Console.sayLine(
                "note: \(output): \(format.name) has no erasers: "
                    + "\(changedCount) shape\(changedCount == 1 ? "" : "s") below them became the pixels that are left")
        }
        let bytes = try AnnotationFile.write(document, as: format, writing, path: output)
        try PendingFile.write(Data(bytes), to: output)
    }
}
