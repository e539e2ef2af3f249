/// Where the pixels of an image lie in the world: what a file says besides their values, and what is written into the maps made of it.
///
/// It is of one plane in one resolution. Members are nil where the file says nothing, so that an image without any gives files without any.
package struct ImageMetadata: Codable, Hashable, Sendable {
    /// Along a row, and along a column.
    package var x: AxisSampling?
    package var y: AxisSampling?
    /// From plane to plane in depth; its origin is the place of this plane.
    package var z: AxisSampling?
    /// From one time point to the next; its origin is the time of this plane.
    package var time: AxisSampling?
    /// The resolution as a TIFF states it, if `x` and `y` say nothing else.
    package var resolution: PrintResolution?
    /// Place on the Earth.
    package var geo: GeoReference?

    package init(
        x: AxisSampling? = nil, y: AxisSampling? = nil, z: AxisSampling? = nil, time: AxisSampling? = nil,
        resolution: PrintResolution? = nil, geo: GeoReference? = nil
    ) {
        (self.x, self.y, self.z, self.time) = (x, y, z, time)
        (self.resolution, self.geo) = (resolution, geo)
    }

    /// Of a file that says nothing.
    package static let none = ImageMetadata()

    /// Side of a pixel; nil where the file does not say it.
    package var micronsPerPixel: Double? { x?.length(in: .micrometre) }

    /// Of the same plane in a resolution whose pixels are so many times as wide and high, and begin at the same corner.
    package func scaled(x across: Double, y down: Double) -> ImageMetadata {
        seen(through: PixelMap.scaling(x: across, y: down))
    }

    /// Of another plane: `depth` and `time` count from this one on.
    package func plane(depth: Int, time index: Int) -> ImageMetadata {
        var moved = self
        moved.z = z?.moved(by: depth)
        moved.time = time?.moved(by: index)
        return moved
    }

    /// Of the image as it is shown.
    ///
    /// - Parameters:
    ///   - width: of the image as it is stored, in pixels, as `height`.
    package func shown(_ orientation: Orientation, width: Int, height: Int) -> ImageMetadata {
        orientation == .upright ? self : seen(through: .shown(orientation, width: width, height: height))
    }

    /// Of an image made of this one by scaling, turning or mirroring.
    ///
    /// - Parameter map: from places in the new image to places in this one.
    package func seen(through map: PixelMap) -> ImageMetadata {
        var seen = self
        (seen.x, seen.y) = map.isTransposed ? (y, x) : (x, y)
        let (across, down) = map.isTransposed ? (map.yx, map.xy) : (map.xx, map.yy)
        let (left, top) = map.isTransposed ? (map.y0, map.x0) : (map.x0, map.y0)
        // Only on the Earth, coordinates that fall along an axis mean more than that the picture was turned.
        seen.x = seen.x?.seen(step: across, start: left, keepsDirection: geo != nil)
        seen.y = seen.y?.seen(step: down, start: top, keepsDirection: geo != nil)
        if let resolution {
            let (x, y) = map.isTransposed ? (resolution.y, resolution.x) : (resolution.x, resolution.y)
            seen.resolution = PrintResolution(x: x / abs(across), y: y / abs(down), unit: resolution.unit)
        }
        seen.geo = geo?.seen(through: map)
        return seen
    }
}

/// The coordinates of pixels along one axis: pixel `i` has its centre at `origin + i * step`.
package struct AxisSampling: Codable, Hashable, Sendable {
    /// From the centre of a pixel to that of the next; below 0 where coordinates fall, as northings do from row to row.
    package let step: Double
    /// Of the centre of the first pixel: 0 where the file does not say it.
    package let origin: Double
    /// OME-Zarr's name of the unit, or what the file calls it, if that is unknown; nil without a unit.
    package let unit: String?

    /// Nil for a step of 0, and for numbers that are not finite.
    ///
    /// - Parameter unit: in any spelling.
    package init?(step: Double, origin: Double = 0, unit: String? = nil) {
        guard step.isFinite, step != 0, origin.isFinite else { return nil }
        (self.step, self.origin) = (step, origin)
        self.unit = unit.map { PhysicalUnit($0)?.name ?? String($0.prefix(Self.unitCountMax)) }
    }

    /// Characters of a unit that is kept though it is not known.
    private static let unitCountMax = 64

    /// The distance of two pixels in another unit, above 0; nil if this axis has no unit of that kind.
    package func length(in other: PhysicalUnit) -> Double? { convert(abs(step), to: other) }

    /// A coordinate or distance in another unit; nil if this axis has no unit of that kind.
    package func convert(_ value: Double, to other: PhysicalUnit) -> Double? {
        unit.flatMap { PhysicalUnit($0) }?.convert(value, to: other)
    }

    /// Of the pixels from the one with this index on.
    fileprivate func moved(by index: Int) -> AxisSampling? {
        index == 0 ? self : AxisSampling(step: step, origin: origin + step * Double(index), unit: unit)
    }

    /// Of pixels whose corners lie at `start + i * step` in pixels of this axis.
    fileprivate func seen(step other: Double, start: Double, keepsDirection: Bool) -> AxisSampling? {
        guard other > 0 || keepsDirection else { return AxisSampling(step: abs(step * other), unit: unit) }
        let shift = start + (other - 1) / 2
        return AxisSampling(step: step * other, origin: shift == 0 ? origin : origin + step * shift, unit: unit)
    }
}

/// Pixels in an inch or centimetre, as TIFF's tags 282, 283 and 296 say it.
package struct PrintResolution: Codable, Hashable, Sendable {
    /// The unit, by its number in the file.
    package enum Unit: Int, Codable, Sendable {
        /// Only the ratio of `x` and `y` means something.
        case none = 1
        case inch = 2
        case centimetre = 3
    }

    /// Pixels in a unit along a row, and along a column.
    package var x: Double
    package var y: Double
    package var unit: Unit

    package init(x: Double, y: Double, unit: Unit) { (self.x, self.y, self.unit) = (x, y, unit) }
}

/// From places in an image to places in the image that it was made from. Whole numbers are corners of pixels: (0, 0) is the upper left one.
///
///     x' = xx · x + xy · y + x0        y' = yx · x + yy · y + y0
package struct PixelMap: Hashable, Sendable {
    package let xx: Double
    package let xy: Double
    package let x0: Double
    package let yx: Double
    package let yy: Double
    package let y0: Double

    /// - Precondition: rows become rows or columns: either `xy` and `yx` are 0, or `xx` and `yy`.
    package init(xx: Double, xy: Double = 0, x0: Double = 0, yx: Double = 0, yy: Double, y0: Double = 0) {
        precondition(xy == 0 && yx == 0 && xx * yy != 0 || xx == 0 && yy == 0 && xy * yx != 0, "\(xx) \(xy) \(yx) \(yy)")
        (self.xx, self.xy, self.x0, self.yx, self.yy, self.y0) = (xx, xy, x0, yx, yy, y0)
    }

    /// Pixels that are so many times as wide and high.
    package static func scaling(x: Double, y: Double) -> PixelMap { PixelMap(xx: x, yy: y) }

    /// The image as it is shown, of one that is stored in another orientation.
    ///
    /// - Parameters:
    ///   - width: of the stored image, in pixels, as `height`.
    package static func shown(_ orientation: Orientation, width: Int, height: Int) -> PixelMap {
        let (width, height) = (Double(width), Double(height))
        return switch orientation {
        case .upright: PixelMap(xx: 1, yy: 1)
        case .mirrored: PixelMap(xx: -1, x0: width, yy: 1)
        case .turnedAround: PixelMap(xx: -1, x0: width, yy: -1, y0: height)
        case .flipped: PixelMap(xx: 1, yy: -1, y0: height)
        case .transposed: PixelMap(xx: 0, xy: 1, yx: 1, yy: 0)
        case .turnedRight: PixelMap(xx: 0, xy: 1, yx: -1, yy: 0, y0: height)
        case .transversed: PixelMap(xx: 0, xy: -1, x0: width, yx: -1, yy: 0, y0: height)
        case .turnedLeft: PixelMap(xx: 0, xy: -1, x0: width, yx: 1, yy: 0)
        }
    }

    /// Whether rows become columns.
    package var isTransposed: Bool { xx == 0 }

    /// Whether neither side is turned or mirrored.
    package var isUpright: Bool { xx > 0 && yy > 0 }

    /// The place in the new image of a place in the old one.
    package func inverse(x: Double, y: Double) -> (x: Double, y: Double) {
        isTransposed ? ((y - y0) / yx, (x - x0) / xy) : ((x - x0) / xx, (y - y0) / yy)
    }
}
