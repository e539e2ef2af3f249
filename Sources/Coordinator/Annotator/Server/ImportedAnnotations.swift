internal import HTTPTypes
internal import AnnotationFormats
internal import Annotations
internal import Foundation
internal import Imaging
internal import Projects

/// Files of annotations that a page sends.
enum ImportedAnnotations {
    /// Reads a file of annotations, or a label image of the image's size.
    ///
    /// - Throws: `Refusal` with the file's own name for what is neither.
    static func read(_ bytes: Data, name: String, for image: ProjectImage) throws -> ReadAnnotations {
        try TemporaryFile.with(ending: "annotations") { path in
            try bytes.write(to: URL(fileURLWithPath: path))
            do throws(ImageError) {
                if AnnotationFile.recognises(path: path) {
                    var reading = AnnotationReading()
                    (reading.width, reading.height) = (image.width, image.height)
                    return try AnnotationFile.read(AnnotationContent(path: name, bytes: Array(bytes)), reading).annotations
                }
                let found = try LabelImageAnnotations.read(path: path)
                guard (found.width, found.height) == (image.width, image.height) else {
                    throw .unsupported(
                        path: name,
                        reason: "expected a label image of \(image.width)×\(image.height) pixels, "
                            + "found \(found.width)×\(found.height)")
                }
                return found.annotations
            } catch {
                throw Refusal(.unprocessableContent, "bad_annotations", error.description.replacing(path, with: name))
            }
        }
    }
}

/// What came of a file of annotations: the answer of `POST annotations`.
struct ImportReport: Encodable, Sendable {
    /// Shapes.
    var added: Int
    /// The numbers of their classes.
    var classes: [Int]
    /// What is to be said of the file, a line each.
    var notes: [String]
}
