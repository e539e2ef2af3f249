internal import Imaging

/// One annotation, ready to be drawn: its shape in the resolution that is labelled.
enum LabelItem: Sendable {
    case stroke(StrokeOutline)
    case area(FilledArea)
    /// Columns and rows.
    case rectangle(PixelRect)
    case ellipse(FilledEllipse)
    /// The pixels of points.
    case points([PixelPlace])
    case raster(RasterPatch, AnnotationScale)

    /// The position of a pixel.
    struct PixelPlace: Equatable, Sendable {
        let x: Int
        let y: Int
    }

    /// Coordinates of filled shapes and points lie within ± so many pixels.
    static let coordinateMax = Double(1 << 50)
    /// The widest stroke, in pixels.
    static let widthMax = Double(1 << 16)

    /// - Returns: nil for a shape that labels nothing.
    /// - Throws: as `Annotation.check`.
    init?(_ annotation: Annotation, at place: Int, scale: AnnotationScale) throws(AnnotationRasterError) {
        try annotation.check(at: place)
        switch annotation.shape {
        case .stroke(let path, let width):
            guard width > 0 else { return nil }
            self = .stroke(StrokeOutline(path, width: width, scale: scale))
        case .area(let polygons):
            self = .area(FilledArea(polygons.flatMap { [$0.exterior] + $0.holes }, scale: scale))
        case .rectangle(let x, let y, let width, let height):
            let low = scale.place(AnnotationPoint(x: x, y: y))
            let high = scale.place(AnnotationPoint(x: x + width, y: y + height))
            let (left, top) = (FilledArea.firstCentre(from: low.x), FilledArea.firstCentre(from: low.y))
            let (right, bottom) = (FilledArea.firstCentre(from: high.x), FilledArea.firstCentre(from: high.y))
            guard left < right, top < bottom else { return nil }
            self = .rectangle(PixelRect(x: left, y: top, width: right - left, height: bottom - top))
        case .ellipse(let x, let y, let width, let height):
            self = .ellipse(
                FilledEllipse(
                    centre: scale.place(AnnotationPoint(x: x + width / 2, y: y + height / 2)),
                    radiusX: width / 2 / scale.x, radiusY: height / 2 / scale.y))
        case .points(let points):
            self = .points(
                points.map(scale.place).map { PixelPlace(x: Int($0.x.rounded(.down)), y: Int($0.y.rounded(.down))) })
        case .raster(let patch):
            self = .raster(patch, scale)
        }
    }
}

extension Annotation {
    /// Whether its shape can be drawn on an image, whatever its size.
    ///
    /// - Parameter place: its position in the document, for the message.
    /// - Throws: for numbers that are not finite or beyond the limits.
    package func check(at place: Int = 0) throws(AnnotationRasterError) {
        func check(_ numbers: [Double], _ limit: Double, _ what: String) throws(AnnotationRasterError) {
            if let bad = numbers.first(where: { !(abs($0) <= limit) }) {
                throw AnnotationRasterError(self, at: place, expected: "\(what) within ±\(Int(limit))", found: "\(bad)")
            }
        }
        let limit = LabelItem.coordinateMax
        switch shape {
        case .stroke(let path, let width):
            guard width > 0 else {
                if width.isNaN { try check([width], LabelItem.widthMax, "a width in pixels") }
                return
            }
            try check([width], LabelItem.widthMax, "a width in pixels")
            for element in path.elements {
                try check(element.numbers, Double(StrokeOutline.coordinateMax), "coordinates of strokes in pixels")
            }
        case .area(let polygons):
            for polygon in polygons {
                for ring in [polygon.exterior] + polygon.holes {
                    for point in ring { try check([point.x, point.y], limit, "coordinates in pixels") }
                }
            }
        case .rectangle(let x, let y, let width, let height), .ellipse(let x, let y, let width, let height):
            try check([x, y, x + width, y + height], limit, "coordinates in pixels")
        case .points(let points):
            for point in points { try check([point.x, point.y], limit, "coordinates in pixels") }
        case .raster: return
        }
    }
}

extension LabelItem {
    /// A piece of an item that lies together: what the index finds.
    struct Piece: Sendable {
        /// The pixels that it can label, at most.
        let box: PixelRect
        /// Of a stroke, the part of its path; otherwise 0.
        var part: Int32 = 0
        /// The first of its segments, or of its points.
        var first: Int32 = 0
    }

    /// Segments of a piece of a stroke, at most.
    static let segmentsMax = 16
    /// Points of a piece, at most.
    static let pointsMax = 16

    /// The pieces of the item, in their order: many of a long stroke, one of an area.
    var pieces: [Piece] {
        switch self {
        case .stroke(let stroke):
            var pieces: [Piece] = []
            for (number, part) in stroke.parts.enumerated() {
                for first in stride(from: 0, to: part.segmentCount, by: Self.segmentsMax) {
                    let end = min(part.segmentCount, first + Self.segmentsMax)
                    let box = (first..<end).map { stroke.reach(of: part, $0) }.reduce(nil, Self.union)
                    if let box { pieces.append(Piece(box: box, part: Int32(number), first: Int32(first))) }
                }
            }
            return pieces
        case .area(let area): return [Piece(box: area.bounds)]
        case .rectangle(let rect): return [Piece(box: rect)]
        case .ellipse(let ellipse):
            let (cx, cy, rx, ry) = (ellipse.centre.x, ellipse.centre.y, ellipse.radiusX, ellipse.radiusY)
            let corners = [AnnotationPoint(x: cx - rx, y: cy - ry), AnnotationPoint(x: cx + rx, y: cy + ry)]
            return [Piece(box: FilledArea.box(of: corners))]
        case .points(let points):
            return stride(from: 0, to: points.count, by: Self.pointsMax).compactMap { first in
                let box = points[first..<min(points.count, first + Self.pointsMax)].map {
                    PixelRect(x: $0.x, y: $0.y, width: 1, height: 1)
                }.reduce(nil, Self.union)
                return box.map { Piece(box: $0, first: Int32(first)) }
            }
        case .raster(let patch, let scale):
            let bounds = patch.bounds
            guard bounds.width > 0, bounds.height > 0 else { return [] }
            let corners = [
                AnnotationPoint(x: Double(bounds.x), y: Double(bounds.y)),
                AnnotationPoint(x: Double(bounds.endX), y: Double(bounds.endY)),
            ]
            return [Piece(box: FilledArea.box(of: corners.map(scale.place)))]
        }
    }

    private static func union(_ one: PixelRect?, _ other: PixelRect) -> PixelRect? {
        guard let one else { return other }
        let (x, y) = (min(one.x, other.x), min(one.y, other.y))
        return PixelRect(x: x, y: y, width: max(one.endX, other.endX) - x, height: max(one.endY, other.endY) - y)
    }

    /// Calls `mark` with the pixels of `window` that the item covers; not of a stroke.
    ///
    /// - Parameter pieces: those that touch the window.
    func fill(_ window: PixelRect, _ pieces: [Piece], _ mark: (_ row: Int, _ columns: Range<Int>) -> Void) {
        switch self {
        case .stroke: preconditionFailure("strokes are drawn in chunks")
        case .area(let area): area.fill(window, mark)
        case .rectangle(let rect):
            guard let part = rect.intersection(window) else { return }
            for row in part.y..<part.endY { mark(row, part.x..<part.endX) }
        case .ellipse(let ellipse): ellipse.fill(window, mark)
        case .points(let points):
            for piece in pieces {
                for point in points[Int(piece.first)..<min(points.count, Int(piece.first) + Self.pointsMax)]
                where (window.x..<window.endX).contains(point.x) && (window.y..<window.endY).contains(point.y) {
                    mark(point.y, point.x..<point.x + 1)
                }
            }
        case .raster(let patch, let scale): patch.fill(window, scale, mark)
        }
    }
}

extension StrokeOutline {
    /// The pixels that a segment of a part can mark, its joins included: at most.
    func reach(of part: Part, _ segment: Int) -> PixelRect {
        StrokePainter.reach(of: part.segment(segment), width: width, hasJoins: part.segmentCount > 1)
    }
}

extension AnnotationPath.Element {
    /// All coordinates.
    fileprivate var numbers: [Double] {
        switch self {
        case .move(let to), .line(let to): [to.x, to.y]
        case .quadratic(let handle, let to): [handle.x, handle.y, to.x, to.y]
        case .cubic(let first, let second, let to): [first.x, first.y, second.x, second.y, to.x, to.y]
        case .close: []
        }
    }
}

extension RasterPatch {
    /// Calls `mark` with the pixels of `window` that are marked: of another resolution, those in whose centre a marked pixel lies.
    fileprivate func fill(
        _ window: PixelRect, _ scale: AnnotationScale, _ mark: (_ row: Int, _ columns: Range<Int>) -> Void
    ) {
        /// The first position whose centre lies at or behind the border of a pixel of the full resolution.
        func first(_ border: Int, _ scale: Double) -> Int { FilledArea.firstCentre(from: Double(border) / scale) }
        for row in window.y..<window.endY {
            let full = scale.isFull ? row : Int(((Double(row) + 0.5) * scale.y).rounded(.down))
            guard rows.indices.contains(full - bounds.y) else { continue }
            for run in rows[full - bounds.y] {
                let (low, high) = (bounds.x + run.lowerBound, bounds.x + run.upperBound)
                let left = max(window.x, scale.isFull ? low : first(low, scale.x))
                let right = min(window.endX, scale.isFull ? high : first(high, scale.x))
                if left < right { mark(row, left..<right) }
            }
        }
    }
}
