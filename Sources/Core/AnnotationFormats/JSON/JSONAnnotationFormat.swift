internal import Imaging

/// A kind of annotation file that is JSON. Files are parsed once, however many kinds look at them.
protocol JSONAnnotationFormat: AnnotationFormat {
    /// Whether a document is of this kind.
    static func recognises(_ document: JSONPlace) -> Bool

    /// - Throws: as `read` of a file.
    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations
}

extension JSONAnnotationFormat {
    package static func recognises(_ content: AnnotationContent) -> Bool {
        guard AnnotationSignature(content.bytes) == .json else { return false }
        return (try? JSONParser.parse(content.bytes, path: content.path)).map { recognises($0) } ?? false
    }

    package static func read(
        _ content: AnnotationContent, _ reading: AnnotationReading
    ) throws(ImageError) -> ReadAnnotations {
        try read(try JSONParser.parse(content.bytes, path: content.path), reading)
    }
}
