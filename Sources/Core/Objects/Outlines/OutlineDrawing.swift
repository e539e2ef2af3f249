/// How outlines become polygons.
package struct OutlineDrawing: Codable, Hashable, Sendable {
    /// The largest distance of a simplified outline from the sides of pixels, in pixels; nil for the sides themselves.
    package var tolerance: Double?
    /// How often corners are cut; 0 for never.
    package var smoothing: Int

    package init(tolerance: Double? = nil, smoothing: Int = 0) { (self.tolerance, self.smoothing) = (tolerance, smoothing) }

    /// Whether neighbours need to know where three regions meet.
    package var marksJunctions: Bool { tolerance != nil || smoothing > 0 }

    /// The polygons of an outline.
    package func polygons(of outline: ObjectOutline) -> [ObjectPolygon] { outline.drawn }
}
