internal import AnnotationFormats
internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// The part of an image that is segmented: where a label image, or a file of annotations, labels it.
struct RegionOfInterest: Sendable {
    let labels: ImageInput
    private let image: ImageInput
    /// Planes of the label image: one stands for all planes of the image, of several each is of the image's page of its number. Nil for
    /// annotations, which say their planes themselves.
    private let pages: Int?

    /// - Parameter image: what is segmented, of `width` × `height` pixels.
    /// - Throws: `ImageError` of the labels; bad input unless they have the image's size.
    init(_ labels: ImageInput, of image: ImageInput, width: Int, height: Int) throws {
        (self.labels, self.image) = (labels, image)
        if AnnotationFile.recognises(path: labels.path) {
            pages = nil
            _ = try mask(ofPage: 0)
            return
        }
        let found = try ImageFile.openLabels(path: labels.path, labels.selection)
        guard found.width == width, found.height == height else {
            throw CoordinatorError(
                .badInput,
                "\(labels): expected a region of \(width)×\(height) pixels as \(image), found \(found.width)×\(found.height)")
        }
        pages = try ImageFile.contents(path: labels.path).pages
    }

    /// The region of one plane, from the top to the bottom.
    ///
    /// - Parameter page: counted from the image's own.
    /// - Throws: `ImageError` of the labels, also where they lack the plane.
    func mask(ofPage page: Int) throws -> RegionMask {
        guard let pages else {
            var plane = image
            plane.selection.page += page
            let inputs = try LabelInputs([.init(labels: labels, image: plane)], .none, for: .comparison)
            return RegionMask(LabelBandReader(try inputs.open(labels, of: plane)))
        }
        var plane = labels
        if pages > 1 { plane.selection.page = image.selection.page + page }
        return RegionMask(LabelBandReader(try ImageFile.openLabels(path: plane.path, plane.selection)))
    }
}

/// The region of a plane, tile by tile in row-major order; it holds a row of tiles.
struct RegionMask {
    private let reader: LabelBandReader

    init(_ reader: LabelBandReader) { self.reader = reader }

    /// What of a tile lies in the region.
    enum Part: Equatable, Sendable {
        case nothing
        case whole
        /// `[row][column]`: whether the pixel does.
        case some([Bool])
    }

    /// - Parameter core: of the tile; its rows do not begin above those of the call before.
    func part(_ core: PixelRect) throws(ImageError) -> Part {
        try reader.advance(to: core.y..<core.endY)
        let labels = reader.window(core).labels
        let count = labels.count { $0 != 0 }
        if count == 0 { return .nothing }
        return count == labels.count ? .whole : .some(labels.map { $0 != 0 })
    }
}

extension SegmentedTile {
    /// The tile with nothing outside of a part of it: no class, and no share.
    ///
    /// - Parameter elements: of the values of each map.
    func inside(_ part: RegionMask.Part, elements: [MapKind: WireElement]) -> SegmentedTile {
        guard case .some(let isInside) = part else { return self }
        var masked = sent
        for (kind, element) in elements {
            guard var values = sent[kind] else { continue }
            let (size, blank) = (element.byteCount, kind.content.isShares ? 0 : MapContent.noClass)
            for value in 0..<values.count / size where !isInside[value % isInside.count] {
                for byte in value * size..<(value + 1) * size { values[byte] = blank }
            }
            masked[kind] = values
        }
        return SegmentedTile(tile, page: page, sent: masked, pixels: pixels)
    }
}
