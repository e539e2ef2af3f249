/// What a file holds besides the pixels of one plane.
package struct ImageContents: Hashable, Sendable {
    /// One resolution of a pyramid.
    package struct Level: Hashable, Sendable {
        /// Columns.
        package var width: Int
        /// Rows.
        package var height: Int
        /// Side of a pixel; nil where the file does not say it.
        package var micronsPerPixel: Double?

        package init(width: Int, height: Int, micronsPerPixel: Double? = nil) {
            (self.width, self.height, self.micronsPerPixel) = (width, height, micronsPerPixel)
        }
    }

    /// Planes of the stack in depth.
    package var depth: Int
    /// Time points.
    package var times: Int
    /// Names of the channels in order, where the file has any; otherwise empty.
    package var channelNames: [String]
    /// From the full resolution on; at least one.
    package var levels: [Level]

    package init(depth: Int = 1, times: Int = 1, channelNames: [String] = [], levels: [Level]) {
        (self.depth, self.times, self.channelNames, self.levels) = (depth, times, channelNames, levels)
    }

    /// Planes in all: the pages that an `ImageSelection` numbers.
    package var pages: Int { depth * times }

    /// The level whose pixels are nearest in size to `micronsPerPixel`, by their ratio; nil if the file does not say its sizes.
    package func level(nearestTo micronsPerPixel: Double) -> Int? {
        levels.indices.compactMap { index in
            levels[index].micronsPerPixel.map { (index, distance: abs($0 / micronsPerPixel).logarithm) }
        }.min { $0.distance < $1.distance }?.0
    }
}

extension Double {
    /// The distance of a ratio from 1, the same for its inverse: a measure that needs no library of functions.
    fileprivate var logarithm: Double { self >= 1 ? self : 1 / self }
}
