/// What is summed over the pixels of an object, in the coordinates of the image. Any order of adding gives the same.
package struct ObjectSums: Hashable, Sendable {
    package var value: CellValue
    package var area = 0
    package var x: Int128 = 0
    package var y: Int128 = 0
    package var xx: Int128 = 0
    package var xy: Int128 = 0
    package var yy: Int128 = 0
    /// Columns `minX ..< endX` and rows `minY ..< endY`.
    package var minX: Int
    package var minY: Int
    package var endX: Int
    package var endY: Int
    /// Position of the first pixel in the image, row · width + column.
    package var first: Int
    package var perimeter: PerimeterCounts
    /// `[channel]`: of the image, and of the probability of the object's class, as far as they are measured.
    package var values: [ValueSums]

    /// Of no pixel.
    package init() {
        value = CellValue(label: 0)
        (minX, minY, endX, endY) = (Int.max, Int.max, 0, 0)
        (first, perimeter, values) = (Int.max, PerimeterCounts(), [])
    }

    /// - Parameters:
    ///   - x: of the tile's first pixel in the image, as `y`.
    ///   - imageWidth: in pixels.
    package init(_ part: FragmentSums, x left: Int, y top: Int, imageWidth: Int, values: [ValueSums] = []) {
        value = part.value
        area = part.area
        let (count, across, down) = (Int128(part.area), Int128(left), Int128(top))
        let (sumX, sumY) = (Int128(part.x), Int128(part.y))
        x = sumX + across * count
        y = sumY + down * count
        xx = Int128(part.xx) + 2 * across * sumX + across * across * count
        yy = Int128(part.yy) + 2 * down * sumY + down * down * count
        xy = Int128(part.xy) + across * sumY + down * sumX + across * down * count
        (minX, minY, endX, endY) = (left + part.minX, top + part.minY, left + part.endX, top + part.endY)
        first = (top + part.minY) * imageWidth + left + part.firstX
        perimeter = part.perimeter
        self.values = values
    }

    package mutating func add(_ other: ObjectSums) {
        area += other.area
        x += other.x
        y += other.y
        xx += other.xx
        xy += other.xy
        yy += other.yy
        (minX, minY) = (min(minX, other.minX), min(minY, other.minY))
        (endX, endY) = (max(endX, other.endX), max(endY, other.endY))
        first = min(first, other.first)
        perimeter.straight += other.perimeter.straight
        perimeter.diagonal += other.perimeter.diagonal
        perimeter.mixed += other.perimeter.mixed
        for index in values.indices where index < other.values.count { values[index].add(other.values[index]) }
    }
}
