internal import AnnotationFormats
internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// The part of an image that is worked on: where a label image, or a file of annotations, labels it.
struct RegionOfInterest: Sendable {
    let labels: ImageInput
    private let image: ImageInput
    /// Planes of the label image: one stands for all planes of the image, of several each is of the image's page of its number. Nil for
    /// annotations, which say their planes themselves.
    private let pages: Int?

    /// - Parameter image: what is worked on, of `width` × `height` pixels.
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

/// The region of a plane, tile by tile in row-major order; it holds the rows of a row of tiles, with halos if they are asked for.
struct RegionMask {
    private let reader: LabelBandReader

    init(_ reader: LabelBandReader) { self.reader = reader }

    /// What of a tile, or of its window, lies in the region.
    enum Part: Equatable, Sendable {
        case nothing
        case whole
        /// `[row][column]`: whether the pixel does.
        case some([Bool])
    }

    /// - Parameter tile: its core or its window; its rows neither begin nor end above those of the call before.
    func part(_ tile: PixelRect) throws(ImageError) -> Part {
        try reader.advance(to: tile.y..<tile.endY)
        let labels = reader.window(tile).labels
        let count = labels.count { $0 != 0 }
        if count == 0 { return .nothing }
        return count == labels.count ? .whole : .some(labels.map { $0 != 0 })
    }
}

extension RegionMask.Part {
    /// How many of `count` pixels lie outside.
    func outsideCount(of count: Int) -> Int {
        switch self {
        case .nothing: count
        case .whole: 0
        case .some(let isInside): isInside.count { !$0 }
        }
    }
}

extension PixelBuffer {
    /// The pixels with 0 outside of a part of them.
    func inside(_ part: RegionMask.Part) -> PixelBuffer {
        guard case .some(let isInside) = part else { return self }
        precondition(isInside.count == width * height, "\(width)×\(height): found a part of \(isInside.count) pixels")
        var masked = self
        let byteCount = channels * sampleType.byteCount
        for pixel in isInside.indices where !isInside[pixel] {
            for byte in pixel * byteCount..<(pixel + 1) * byteCount { masked.bytes[byte] = 0 }
        }
        return masked
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
