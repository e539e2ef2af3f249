internal import Imaging

/// What several authors of one document say of the same pixels.
///
/// The shapes of each author are drawn by themselves, so that what lies below another's counts, too. Shapes of no author are left out.
package struct AuthorComparison: Hashable, Sendable {
    /// At least two, by their names.
    package let authors: [String]
    /// Pixels that two of them label differently; nil if too much would have to be drawn to know.
    package let contradictionCount: Int?

    /// What may be done to find contradictions, as `MergedLabels` counts it: some seconds.
    private static let effortMax = 1 << 20
    /// Pixels of the boxes of shapes that may be drawn.
    private static let areaMax = Double(1 << 34)
    /// Authors that `description` names.
    private static let namesMax = 5

    /// Compares the shapes that lie on one image; nil unless they are of several authors.
    ///
    /// - Parameters: as of `AnnotationLabels`.
    /// - Throws: as `AnnotationLabels`.
    package init?(
        of document: AnnotationDocument, width: Int, height: Int, scale: AnnotationScale = .full,
        plane: AnnotationPlane? = nil, ignoring ignored: Set<Int> = []
    ) throws(AnnotationRasterError) {
        authors = Self.authors(of: document.annotations)
        guard authors.count > 1 else { return nil }
        let frame = Frame(width: width, height: height, scale: scale, plane: plane, ignored: ignored)
        var effort = Self.effortMax
        contradictionCount = try Self.count(document.annotations, frame, &effort)
    }

    /// Compares all shapes of a document, image by image and plane by plane; nil unless they are of several authors.
    ///
    /// - Parameters:
    ///   - width: columns that are looked at, from the first one on.
    ///   - height: rows.
    /// - Throws: as `AnnotationLabels`.
    package init?(ofAllImagesIn document: AnnotationDocument, width: Int, height: Int) throws(AnnotationRasterError) {
        authors = Self.authors(of: document.annotations)
        guard authors.count > 1 else { return nil }
        var (effort, sum) = (Self.effortMax, Int?(0))
        for annotations in Dictionary(grouping: document.annotations, by: \.image).values {
            // Channels lie on each other.
            var planes = Set(
                annotations.compactMap { $0.plane.map { AnnotationPlane(z: $0.z, time: $0.time) } }.map(Optional.some))
            if planes.isEmpty { planes = [nil] }
            for plane in planes where sum != nil {
                let frame = Frame(width: width, height: height, plane: plane)
                let count = try Self.count(annotations, frame, &effort)
                sum = sum.flatMap { sum in count.map { sum + $0 } }
            }
        }
        contradictionCount = sum
    }

    /// What the shapes are drawn on.
    private struct Frame {
        let width: Int
        let height: Int
        var scale = AnnotationScale.full
        var plane: AnnotationPlane?
        var ignored: Set<Int> = []
    }

    private static func authors(of annotations: [Annotation]) -> [String] { Set(annotations.compactMap(\.author)).sorted() }

    private static func count(_ annotations: [Annotation], _ frame: Frame, _ effort: inout Int) throws(AnnotationRasterError)
        -> Int?
    {
        effort -= annotations.count
        guard effort >= 0 else { return nil }
        var shapes: [String: [Annotation]] = [:]
        for annotation in annotations {
            if let author = annotation.author { shapes[author, default: []].append(annotation) }
        }
        guard shapes.count > 1 else { return 0 }
        var maps: [AnnotationLabels] = []
        for own in shapes.values {
            maps.append(
                try AnnotationLabels(
                    AnnotationDocument(annotations: own), width: frame.width, height: frame.height, scale: frame.scale,
                    plane: frame.plane, ignoring: frame.ignored))
        }
        guard maps.reduce(0, { $0 + $1.boxArea }) <= areaMax else { return nil }
        return MergedLabels.contradictionCount(maps, effort: &effort)
    }
}

extension AuthorComparison: CustomStringConvertible {
    /// Such as `Ann, Ben; 12 pixels have different labels`.
    package var description: String {
        let names = authors.prefix(Self.namesMax).joined(separator: ", ")
        let more = authors.count > Self.namesMax ? " and \(authors.count - Self.namesMax) more" : ""
        let pixels = contradictionCount.map { $0 == 1 ? "1 pixel has" : "\($0) pixels have" }
        return "\(names)\(more); \(pixels.map { "\($0) different labels" } ?? "too large to count where their labels differ")"
    }
}
