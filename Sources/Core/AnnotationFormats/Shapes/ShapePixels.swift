internal import Annotations
internal import Imaging

/// The pixels that shapes label, for formats that know pixels alone.
struct ShapePixels {
    private let drawn: AnnotationLabels

    /// Rows that are drawn at a time.
    private static let bandHeight = 256

    /// - Parameters:
    ///   - width: of the image.
    ///   - height: of the image.
    ///   - plane: whose annotations are drawn; nil for all.
    ///   - path: names the output in messages.
    /// - Throws: `ImageError.unsupported` for a shape that cannot be drawn, and for too large an image.
    init(
        _ document: AnnotationDocument, width: Int, height: Int, plane: AnnotationPlane? = nil, path: String
    ) throws(ImageError) {
        let side = AnnotationLimits.sideMax
        guard (1...side).contains(width), (1...side).contains(height) else {
            throw .unsupported(path: path, reason: "expected an image of 1…\(side) columns and rows, found \(width)×\(height)")
        }
        do throws(AnnotationRasterError) {
            drawn = try AnnotationLabels(document, width: width, height: height, plane: plane)
        } catch {
            throw .unsupported(path: path, reason: error.description)
        }
    }

    /// Whether a rectangle of the image may have labels.
    func mayHaveLabels(in rect: PixelRect) -> Bool { drawn.mayHaveLabels(in: rect) }

    /// Calls `body` with each row of the labels in a rectangle of the image, from the top to the bottom.
    func forEachRow(
        in rect: PixelRect, _ body: (_ row: Int, _ labels: ArraySlice<UInt16>) throws(ImageError) -> Void
    ) throws(ImageError) {
        for top in stride(from: rect.y, to: rect.endY, by: Self.bandHeight) {
            let band = PixelRect(x: rect.x, y: top, width: rect.width, height: min(Self.bandHeight, rect.endY - top))
            let map = drawn.labels(in: band)
            for row in 0..<band.height { try body(top + row, map.labels[row * band.width..<(row + 1) * band.width]) }
        }
    }

    /// The pixels that one shape labels, in their box; those left of the image or above it are cut off.
    ///
    /// - Throws: `ImageError.unsupported` for a shape that cannot be drawn.
    static func patch(of shape: AnnotationShape, path: String) throws(ImageError) -> RasterPatch {
        let box = shape.box
        guard box.width > 0, box.height > 0 else {
            return RasterPatch(bounds: PixelRect(x: 0, y: 0, width: 0, height: 0), rows: [])
        }
        let document = AnnotationDocument(annotations: [Annotation(shape, classNumber: 1)])
        let pixels = try ShapePixels(document, width: box.endX, height: box.endY, path: path)
        var rows: [[Range<Int>]] = []
        try pixels.forEachRow(in: box) { _, labels in rows.append(labels.runs(of: 1)) }
        return RasterPatch(bounds: box, rows: rows).trimmed
    }
}

extension AnnotationShape {
    /// A box of pixels around everything that the shape labels right of and below the image's corner.
    var box: PixelRect {
        var (left, top, right, bottom) = (Double.infinity, Double.infinity, -Double.infinity, -Double.infinity)
        func add(_ point: AnnotationPoint, _ margin: Double = 0) {
            (left, top) = (min(left, point.x - margin), min(top, point.y - margin))
            (right, bottom) = (max(right, point.x + margin), max(bottom, point.y + margin))
        }
        switch self {
        case .stroke(let path, let width):
            // A miter reaches four half widths beyond its corner.
            let margin = 2 * width + 1
            for element in path.elements {
                switch element {
                case .move(let to), .line(let to): add(to, margin)
                case .quadratic(let control, let to): [control, to].forEach { add($0, margin) }
                case .cubic(let first, let second, let to): [first, second, to].forEach { add($0, margin) }
                case .close: break
                }
            }
        case .area(let polygons): polygons.forEach { $0.exterior.forEach { add($0) } }
        case .rectangle(let x, let y, let width, let height), .ellipse(let x, let y, let width, let height):
            add(AnnotationPoint(x: x, y: y))
            add(AnnotationPoint(x: x + width, y: y + height))
        case .points(let points): points.forEach { add($0, 1) }
        case .raster(let patch):
            add(AnnotationPoint(x: Double(patch.bounds.x), y: Double(patch.bounds.y)))
            add(AnnotationPoint(x: Double(patch.bounds.endX), y: Double(patch.bounds.endY)))
        }
        guard left <= right, top <= bottom, right > 0, bottom > 0 else { return PixelRect(x: 0, y: 0, width: 0, height: 0) }
        let clamp = { (value: Double) in Int(max(0, min(4e9, value))) }
        let (x, y) = (clamp(left.rounded(.down)), clamp(top.rounded(.down)))
        return PixelRect(x: x, y: y, width: clamp(right.rounded(.up)) - x, height: clamp(bottom.rounded(.up)) - y)
    }
}
