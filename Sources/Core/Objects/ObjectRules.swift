/// Which pixels belong to one object.
///
/// Pixels of a class that touch, at a side or (with 8-connectivity) at a corner, are of one object. Filling and splitting look at what
/// lies in a box of `reach` pixels only, so that any window that holds a tile and its halo sees the same.
package struct ObjectRules: Codable, Hashable, Sendable {
    /// Neighbours of a pixel that belong together with it.
    package enum Connectivity: Int, Codable, Sendable, CaseIterable {
        case four = 4
        case eight = 8

        /// That of the pixels around: a ring of one kind parts what is in it from what is outside under the other kind.
        var ofTheRest: Connectivity { self == .four ? .eight : .four }
    }

    /// The labels whose pixels are objects, ascending, without 0.
    package var classes: [UInt16]
    package var connectivity: Connectivity
    /// Whether holes in a box of `reach` pixels or less, that touch one object alone and not the image's border, become part of it.
    package var fillsHoles: Bool
    /// Least depth of the neck between two parts of an object that is split, in pixels; nil to split none. Objects that do not fit into
    /// a box of `reach` pixels are not split.
    package var splitDepth: Double?

    /// Side of the largest hole that is filled and of the largest object that is split, in pixels.
    package static let reach = 256

    /// - Precondition: labels are ascending and above 0; the depth is above 0.
    package init(
        classes: [UInt16], connectivity: Connectivity = .eight, fillsHoles: Bool = false, splitDepth: Double? = nil
    ) {
        (self.classes, self.connectivity) = (classes, connectivity)
        (self.fillsHoles, self.splitDepth) = (fillsHoles, splitDepth)
    }

    /// Pixels around a tile that must be known: two for the perimeter, and what filling and splitting look at.
    package var haloPixels: Int { fillsHoles || splitDepth != nil ? Self.reach + 4 : 2 }
}

/// Why labels or what a worker says of objects cannot be used. `description` is one line.
package struct ObjectError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}
