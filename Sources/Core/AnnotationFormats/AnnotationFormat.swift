package import Annotations
package import Imaging

/// How a file of annotations is read: what it does not say itself.
package struct AnnotationReading: Hashable, Sendable {
    /// Whether coordinates are of pixel centres (the first pixel's centre is (0, 0)) instead of corners: 0.5 is added.
    package var isCentred: Bool
    /// The image whose annotations are wanted, of files that hold several; nil for all.
    package var image: String?
    /// The image's size as shown, for formats that need it.
    package var width: Int?
    package var height: Int?
    /// Micrometres per pixel, for formats in micrometres.
    package var micronsPerPixel: Double?
    /// The width of lines that state none, in pixels.
    package var strokeWidth: Double

    package init(isCentred: Bool = false, strokeWidth: Double = 8) {
        (self.isCentred, self.strokeWidth) = (isCentred, strokeWidth)
    }
}

/// A document that was read, and what is to be said of it.
package struct ReadAnnotations: Sendable {
    package var document: AnnotationDocument
    package var notes: [ImageNote]

    package init(_ document: AnnotationDocument, notes: [ImageNote] = []) { (self.document, self.notes) = (document, notes) }
}

/// A kind of annotation file: one file of code and one line in `all`.
package protocol AnnotationFormat: Sendable {
    /// What users call it: `QuPath GeoJSON`; on the command line: `qupath`.
    static var name: String { get }
    static var option: String { get }
    /// Endings of its files, without the dot, in lower case.
    static var fileExtensions: [String] { get }

    /// Whether its files hold erasers; the others get shapes without the pixels that erasers took away.
    static var holdsErasers: Bool { get }

    /// Whether a file looks like one of this kind.
    static func recognises(_ content: AnnotationContent) -> Bool

    /// - Throws: `ImageError`: `corrupt` or `unsupported`, one line that says what, where, expected, found.
    static func read(_ content: AnnotationContent, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations

    /// The file's bytes; nil for a format that is only read.
    ///
    /// - Throws: `ImageError.unsupported` for what the format cannot hold.
    static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]?
}

extension AnnotationFormat {
    package static var holdsErasers: Bool { false }
}

/// A file of annotations as it was found.
package struct AnnotationContent: Sendable {
    package var path: String
    /// All of its bytes; bounded by `bytesMax`.
    package var bytes: [UInt8]

    /// A file of annotations may not be larger: 1 GiB.
    package static let bytesMax = 1 << 30

    package init(path: String, bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
}

/// How annotations are written.
package struct AnnotationWriting: Hashable, Sendable {
    /// The image that they belong to, and its size as shown; nil where it is not known.
    package var image: String?
    package var width: Int?
    package var height: Int?
    package var micronsPerPixel: Double?
    /// Strokes as polygons around them, for programs that know no width.
    package var isBuffered: Bool
    /// Coordinates of pixel centres, for formats that have both: 0.5 is subtracted.
    package var isCentred = false

    package init(image: String? = nil, width: Int? = nil, height: Int? = nil, isBuffered: Bool = false) {
        (self.image, self.width, self.height, self.isBuffered) = (image, width, height, isBuffered)
    }
}
