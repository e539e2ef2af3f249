/// A corner of pixels: column and row of the pixel to the lower right of it.
package struct OutlineVertex: Hashable, Sendable {
    package var x: Int
    package var y: Int
    /// Whether three or more regions meet there.
    package var isJunction = false

    package init(x: Int, y: Int, isJunction: Bool = false) { (self.x, self.y, self.isJunction) = (x, y, isJunction) }
}

/// The way along a side of a pixel; the object lies to the right.
package enum OutlineDirection: UInt8, Sendable {
    case east
    case south
    case west
    case north

    var turnedRight: OutlineDirection { Self(rawValue: (rawValue + 1) & 3) ?? .east }
    var turnedLeft: OutlineDirection { Self(rawValue: (rawValue + 3) & 3) ?? .east }

    var dx: Int { self == .east ? 1 : self == .west ? -1 : 0 }
    var dy: Int { self == .south ? 1 : self == .north ? -1 : 0 }
}

/// A part of an object's outline in one tile: a closed loop, or a way that other tiles go on with on both ends.
package struct OutlineChain: Hashable, Sendable {
    /// A straight way.
    package struct Step: Hashable, Sendable {
        package var direction: OutlineDirection
        /// In pixels, above 0.
        package var length: Int
        /// Whether three or more regions meet at its end.
        package var endsAtJunction: Bool
    }

    /// Where it begins, in image coordinates.
    package var x: Int
    package var y: Int
    package var steps: [Step]
    /// The direction in which another tile goes on; nil for a closed loop.
    package var exit: OutlineDirection?

    package init(x: Int, y: Int, steps: [Step] = [], exit: OutlineDirection? = nil) {
        (self.x, self.y, self.steps, self.exit) = (x, y, steps, exit)
    }

    /// Where it ends.
    var end: (x: Int, y: Int) {
        steps.reduce((x, y)) { ($0.0 + $1.direction.dx * $1.length, $0.1 + $1.direction.dy * $1.length) }
    }
}
