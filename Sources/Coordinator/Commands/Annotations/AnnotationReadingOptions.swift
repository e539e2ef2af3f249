internal import AnnotationFormats
internal import Annotations
internal import ArgumentParser
internal import Coordinator
internal import Foundation
internal import Imaging

/// A file of annotations that was read, and what it was.
struct FoundAnnotations {
    var document: AnnotationDocument
    var notes: [ImageNote]
    var formatName: String
    /// The size of a label image; nil for other files.
    var size: (width: Int, height: Int)?
}

/// How a file of annotations is read: what it does not say itself.
struct AnnotationReadingOptions: ParsableArguments {
    @Flag(help: "Coordinates are of pixel centres, as in applications built on px.imshow: 0.5 is added.")
    var centred = false

    @Option(help: ArgumentHelp("The width of lines that state none.", valueName: "pixels"))
    var strokeWidth: Double = 8

    @Option(
        help: ArgumentHelp("The colours of classes 1, 2, …: \"#E69F00,#56B4E9\" [as the format has it].", valueName: "list"))
    var classColours: String?

    mutating func validate() throws {
        guard strokeWidth > 0, strokeWidth <= 1e6 else {
            throw ValidationError("--stroke-width: expected a width above 0 and up to 1e6 pixels, found \(strokeWidth)")
        }
        _ = try colours()
    }

    private func colours() throws -> [RGBColour]? {
        try classColours.map { list in
            try list.split(separator: ",").map { text in
                let text = text.trimmingCharacters(in: .whitespaces)
                guard let colour = RGBColour(hex: text) else {
                    throw ValidationError("--class-colours: expected colours #RRGGBB, found \"\(text)\"")
                }
                return colour
            }
        }
    }

    /// Reads annotations, or a label image.
    ///
    /// - Parameter image: whose annotations are wanted, of a file of several images; nil for all.
    func read(_ path: String, image: String? = nil) throws -> FoundAnnotations {
        var found: FoundAnnotations
        if AnnotationFile.recognises(path: path) {
            var reading = AnnotationReading(isCentred: centred, strokeWidth: strokeWidth)
            reading.image = image
            let (format, read) = try AnnotationFile.read(try AnnotationFile.content(path: path), reading)
            found = FoundAnnotations(document: read.document, notes: read.notes, formatName: format.name)
        } else {
            let (read, width, height) = try LabelImageAnnotations.read(path: path)
            found = FoundAnnotations(
                document: read.document, notes: read.notes, formatName: "label image, \(width)×\(height) pixels",
                size: (width, height))
        }
        if let colours = try colours() { found.document = found.document.numbered(by: colours) }
        return found
    }
}
