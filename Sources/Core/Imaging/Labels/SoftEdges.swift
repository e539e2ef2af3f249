/// Tells values that only lie along edges, as smoothing makes them, from values that fill areas, as labels do.
///
/// 1. A pixel is soft if two opposite neighbours differ and it lies between them, or if none of its eight neighbours is
///    like it and they are not all the same (which a dot's are).
/// 2. A value is soft if two thirds of its pixels are.
/// 3. An image looks smoothed if three values and half of them all are soft, and the median of these has at most half of
///    the pixels of some value that is not; it looks like a picture if half of more than 64 values are soft, or if all of
///    16 and more are.
///
/// A border one pixel wide between two labels is soft, too; hence the three.
struct SoftEdges: Sendable {
    /// Pixels of one value.
    struct Count: Sendable {
        var pixels = 0
        /// Those among them that are soft.
        var soft = 0

        var isSoft: Bool { 3 * soft >= 2 * pixels }

        fileprivate mutating func add(_ pixels: Int, _ soft: Int) {
            self.pixels += pixels
            self.soft += soft
        }
    }

    /// Of each value but `unlabelled`.
    private(set) var counts: [LabelValue: Count] = [:]

    /// Values that are soft.
    var softCount: Int { counts.values.count { $0.isSoft } }

    /// Whether edges are drawn smoothly.
    var looksSmoothed: Bool {
        let soft = counts.values.filter(\.isSoft).map(\.pixels).sorted()
        let hardest = counts.values.filter { !$0.isSoft }.map(\.pixels).max() ?? 0
        return soft.count >= 3 && 2 * soft.count >= counts.count && 2 * soft[soft.count / 2] <= hardest
    }

    /// Whether values change from pixel to pixel.
    var looksLikePicture: Bool {
        let soft = softCount
        return counts.count > 64 && 2 * soft >= counts.count || counts.count >= 16 && soft == counts.count
    }

    /// The values that fill areas, ascending.
    var areas: [LabelValue] { counts.filter { !$0.value.isSoft }.keys.sorted() }

    /// Counts the pixels of a row.
    ///
    /// - Parameters: three rows of one width, of which the middle one is counted; at the image's border it stands for the
    ///   one beyond.
    /// - Complexity: O(width), and a look-up for every run of equal values.
    mutating func add(
        _ row: UnsafeBufferPointer<LabelValue>, above: UnsafeBufferPointer<LabelValue>, below: UnsafeBufferPointer<LabelValue>
    ) {
        var start = 0
        while start < row.count {
            let value = row[start]
            var end = start &+ 1
            while end < row.count && row[end] == value { end &+= 1 }
            if value != .unlabelled {
                var soft = 0
                if end - start == 1 {
                    soft = Self.isSoft(start, row, above, below) ? 1 : 0
                } else {
                    for index in start..<end where value.isBetween(above[index], below[index]) { soft &+= 1 }
                }
                counts[value, default: Count()].add(end - start, soft)
            }
            start = end
        }
    }

    /// Whether a pixel that differs from both beside it is soft.
    private static func isSoft(
        _ column: Int, _ row: UnsafeBufferPointer<LabelValue>, _ above: UnsafeBufferPointer<LabelValue>,
        _ below: UnsafeBufferPointer<LabelValue>
    ) -> Bool {
        let value = row[column]
        let (left, right) = (max(0, column - 1), min(row.count - 1, column + 1))
        if value.isBetween(row[left], row[right]) || value.isBetween(above[column], below[column])
            || value.isBetween(above[left], below[right]) || value.isBetween(above[right], below[left])
        {
            return true
        }
        let first = row[left]
        var (isAlone, areSame) = (row[left] != value && row[right] != value, first == row[right])
        for index in left...right {
            isAlone = isAlone && above[index] != value && below[index] != value
            areSame = areSame && above[index] == first && below[index] == first
        }
        return isAlone && !areSame
    }
}

extension LabelValue {
    /// Whether the value is a mixture of two others that differ.
    func isBetween(_ one: LabelValue, _ other: LabelValue) -> Bool {
        if one == self || other == self || one == other { return false }
        if (bits | one.bits | other.bits) <= 0xFFFF { return one < self && self < other || other < self && self < one }
        if isMixture(one, other) { return true }
        // What is transparent has the colour of the other side, if edges are made of opacity.
        if one == .unlabelled { return isMixture(other.opaque, other) }
        if other == .unlabelled { return isMixture(one.opaque, one) }
        return false
    }

    /// Whether red, green, blue and opacity lie on the way from one value to the other, as far as rounding lets them.
    private func isMixture(_ one: LabelValue, _ other: LabelValue) -> Bool {
        var (way, whole, largest) = (0, 0, 0)
        for lane in 0..<4 {
            largest = max(largest, self[lane], one[lane], other[lane])
            guard abs(other[lane] - one[lane]) > abs(whole) else { continue }
            (way, whole) = (self[lane] - one[lane], other[lane] - one[lane])
        }
        // The share of the way, way / whole, is told by the channel that changes most.
        let isInside = whole > 0 ? way > 0 && way < whole : way < 0 && way > whole
        let tolerance = (largest > 255 ? 514 : 2) * abs(whole)
        return isInside
            && (0..<4).allSatisfy { abs((self[$0] - one[$0]) * whole - way * (other[$0] - one[$0])) <= tolerance }
    }

    private subscript(lane: Int) -> Int { Int(bits >> UInt64(16 * lane) & 0xFFFF) }
}
