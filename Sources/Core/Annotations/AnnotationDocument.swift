package import Imaging

/// What people marked on images: classes, and shapes in the order in which they lie on each other. Every annotation file is read as one.
///
/// Frame: pixels of the picture as shown, in full resolution; x to the right, y down; (0, 0) is the outer corner of the first pixel, whose
/// centre is (0.5, 0.5).
package struct AnnotationDocument: Hashable, Sendable {
    /// In ascending order of their numbers, which are all different.
    package var classes: [AnnotationClass]
    /// A later one lies on top of an earlier one.
    package var annotations: [Annotation]

    package init(classes: [AnnotationClass] = [], annotations: [Annotation] = []) {
        (self.classes, self.annotations) = (classes, annotations)
    }
}

/// A class that pixels can belong to.
package struct AnnotationClass: Hashable, Sendable {
    /// The label of its pixels, 1…65,535.
    package var number: Int
    package var name: String?
    package var colour: RGBColour?

    package init(number: Int, name: String? = nil, colour: RGBColour? = nil) {
        (self.number, self.name, self.colour) = (number, name, colour)
    }
}

/// One shape, what it marks and where.
package struct Annotation: Hashable, Sendable {
    package var shape: AnnotationShape
    /// The number of its class; nil for a shape that has none, which labels nothing, and for an eraser.
    package var classNumber: Int?
    /// Whether its pixels become unlabelled again, whatever lies below it in its document. An eraser has no class.
    package var isEraser = false
    /// What its file calls it.
    package var id: String?
    package var name: String?
    /// The image that it lies on, as its file names it; nil where a file is of one image.
    package var image: String?
    /// The plane that it lies on; nil for all planes.
    package var plane: AnnotationPlane?
    /// The resolution that it was drawn on, 0 for the full one. Coordinates are of the full one all the same.
    package var level: Int?
    /// When it was drawn, as ISO 8601 writes it.
    package var time: String?
    package var author: String?

    package init(_ shape: AnnotationShape, classNumber: Int? = nil) { (self.shape, self.classNumber) = (shape, classNumber) }

    package init(eraser shape: AnnotationShape) { (self.shape, isEraser) = (shape, true) }
}

/// A plane of a stack: index in depth, in time and of the channel, each nil for all of them.
package struct AnnotationPlane: Hashable, Sendable {
    package var z: Int?
    package var time: Int?
    package var channel: Int?

    package init(z: Int? = nil, time: Int? = nil, channel: Int? = nil) { (self.z, self.time, self.channel) = (z, time, channel) }
}

/// A place in an image.
package struct AnnotationPoint: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
}

/// What an annotation covers.
package enum AnnotationShape: Hashable, Sendable {
    /// A line of some width, drawn with a pen: butt caps, miter joins (limit 4), no fill.
    case stroke(AnnotationPath, width: Double)
    /// Polygons that may have holes, filled.
    case area([AnnotationPolygon])
    /// Filled; `width` and `height` ≥ 0.
    case rectangle(x: Double, y: Double, width: Double, height: Double)
    /// The ellipse in this rectangle, filled; `width` and `height` ≥ 0.
    case ellipse(x: Double, y: Double, width: Double, height: Double)
    /// The pixels in which the points lie.
    case points([AnnotationPoint])
    /// Pixels.
    case raster(RasterPatch)
}

/// A polygon: rings of at least three points each. The last point of a ring is joined with the first, which is not repeated.
package struct AnnotationPolygon: Hashable, Sendable {
    package var exterior: [AnnotationPoint]
    package var holes: [[AnnotationPoint]]

    package init(exterior: [AnnotationPoint], holes: [[AnnotationPoint]] = []) { (self.exterior, self.holes) = (exterior, holes) }
}

/// The way of a pen: absolute coordinates, as in SVG. It begins with a move.
package struct AnnotationPath: Hashable, Sendable {
    package enum Element: Hashable, Sendable {
        case move(AnnotationPoint)
        case line(AnnotationPoint)
        case quadratic(AnnotationPoint, to: AnnotationPoint)
        case cubic(AnnotationPoint, AnnotationPoint, to: AnnotationPoint)
        /// Back to the last move.
        case close
    }

    package var elements: [Element]
    /// Whether its curves are drawn as finely as libcairo can, instead of with lines that may run a tenth of a pixel beside them: CairoSVG
    /// does so with paths that have elliptical arcs.
    package var isFine: Bool

    package init(_ elements: [Element], isFine: Bool = false) { (self.elements, self.isFine) = (elements, isFine) }

    /// A line through points.
    package init(through points: [AnnotationPoint], isClosed: Bool = false) {
        elements = points.enumerated().map { $0 == 0 ? .move($1) : .line($1) } + (isClosed ? [.close] : [])
        isFine = false
    }
}

/// Marked pixels of a rectangle.
package struct RasterPatch: Hashable, Sendable {
    package var bounds: PixelRect
    /// `[row][column]`, row-major: for each row the columns that are marked, relative to the rectangle, ascending, not touching.
    package var rows: [[Range<Int>]]

    /// - Precondition: a list for each row of the rectangle.
    package init(bounds: PixelRect, rows: [[Range<Int>]]) {
        precondition(rows.count == bounds.height, "\(rows.count) rows of a patch of \(bounds.height)")
        (self.bounds, self.rows) = (bounds, rows)
    }
}
