/// What a file holds besides the pixels of one plane.
public struct ImageContents: Hashable, Sendable {
    /// One resolution of a pyramid.
    public struct Level: Hashable, Sendable {
        /// Columns.
        public var width: Int
        /// Rows.
        public var height: Int
        /// Side of a pixel; nil where the file does not say it.
        public var micronsPerPixel: Double?

        public init(width: Int, height: Int, micronsPerPixel: Double? = nil) {
            (self.width, self.height, self.micronsPerPixel) = (width, height, micronsPerPixel)
        }
    }

    /// Planes of the stack in depth.
    public var depth: Int
    /// Time points.
    public var times: Int
    /// Names of the channels in order, where the file has any; otherwise empty.
    public var channelNames: [String]
    /// From the full resolution on; at least one.
    public var levels: [Level]

    public init(depth: Int = 1, times: Int = 1, channelNames: [String] = [], levels: [Level]) {
        (self.depth, self.times, self.channelNames, self.levels) = (depth, times, channelNames, levels)
    }

    /// Planes in all: the pages that an `ImageSelection` numbers.
    public var pages: Int { depth * times }

    /// The level whose pixels are nearest in size to `micronsPerPixel`, by their ratio; nil if the file does not say its sizes.
    public func level(nearestTo micronsPerPixel: Double) -> Int? {
        levels.indices.compactMap { index in
            levels[index].micronsPerPixel.map { (index, distance: abs($0 / micronsPerPixel).logarithm) }
        }.min { $0.distance < $1.distance }?.0
    }
}

extension Double {
    /// The distance of a ratio from 1, the same for its inverse: a measure that needs no library of functions.
    fileprivate var logarithm: Double { self >= 1 ? self : 1 / self }
}
