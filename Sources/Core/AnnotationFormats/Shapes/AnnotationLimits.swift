internal import Annotations
internal import Imaging

/// What a file of annotations may hold, so that hostile ones take neither memory nor time without end.
enum AnnotationLimits {
    /// Shapes in a file.
    static let annotationsMax = 1 << 22
    /// Points of all shapes together.
    static let pointsMax = 1 << 25
    /// Points of the lines that stand for one path: a curve of a few characters becomes up to a thousand.
    static let linePointsMax = 1 << 21
    /// Rows of all raster patches together.
    static let rowsMax = 1 << 24
    /// Marked runs of pixels of all raster patches together.
    static let runsMax = 1 << 25
    /// Columns and rows of an image.
    static let sideMax = 1_000_000
    /// The largest label.
    static let classMax = 65535

    /// Whether a number is a place in pixels: finite, and far from where numbers of pixels overflow.
    static func isCoordinate(_ value: Double) -> Bool { value.magnitude <= 1e9 }

    static let coordinateText = "a number of ±1e9"
}

extension ImageError {
    /// A file of annotations breaks its format. What `reason` quotes of the file may have several lines.
    static func corruptAnnotations(_ path: String, _ reason: String) -> ImageError {
        .unsupported(path: path, reason: "damaged annotations: \(reason.inOneLine)")
    }
}

extension StringProtocol {
    /// The text with spaces instead of ends of lines, for messages.
    var inOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}

extension AnnotationShape {
    /// How many points and how many rows and runs of pixels a shape has.
    var size: (points: Int, rows: Int, runs: Int) {
        switch self {
        case .stroke(let path, _): (path.elements.count, 0, 0)
        case .area(let polygons):
            (polygons.reduce(0) { $0 + $1.exterior.count + $1.holes.reduce(0) { $0 + $1.count } }, 0, 0)
        case .rectangle, .ellipse: (2, 0, 0)
        case .points(let points): (points.count, 0, 0)
        case .raster(let patch): (0, patch.rows.count, patch.rows.reduce(0) { $0 + $1.count })
        }
    }
}

extension AnnotationShape {
    /// Whether all coordinates and lengths are within the limits; what a reader computed may not be.
    var isBounded: Bool {
        switch self {
        case .stroke(let path, let width):
            return AnnotationLimits.isCoordinate(width) && width >= 0 && path.elements.allSatisfy(\.isBounded)
        case .area(let polygons):
            return polygons.allSatisfy {
                $0.exterior.allSatisfy(\.isBounded) && $0.holes.allSatisfy { $0.allSatisfy(\.isBounded) }
            }
        case .rectangle(let x, let y, let width, let height), .ellipse(let x, let y, let width, let height):
            return [x, y, width, height].allSatisfy(AnnotationLimits.isCoordinate) && width >= 0 && height >= 0
        case .points(let points): return points.allSatisfy(\.isBounded)
        case .raster(let patch):
            let bounds = patch.bounds
            return [bounds.x, bounds.y, bounds.width, bounds.height].allSatisfy { $0.magnitude <= 1_000_000_000 }
        }
    }
}

extension AnnotationPath.Element {
    /// Whether all its points, control points too, are within the limits.
    var isBounded: Bool {
        switch self {
        case .move(let to), .line(let to): to.isBounded
        case .quadratic(let control, let to): control.isBounded && to.isBounded
        case .cubic(let first, let second, let to): first.isBounded && second.isBounded && to.isBounded
        case .close: true
        }
    }
}

extension AnnotationPoint {
    /// Whether it is within the limits.
    var isBounded: Bool { AnnotationLimits.isCoordinate(x) && AnnotationLimits.isCoordinate(y) }
}
