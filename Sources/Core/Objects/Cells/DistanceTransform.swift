/// The squared distance of each pixel of a mask to the nearest one outside, of centres; what lies beyond the mask is outside.
///
/// Exact, in integers, in two passes over rows and columns: Felzenszwalb, Huttenlocher, Distance Transforms of Sampled Functions (2012).
enum DistanceTransform {
    /// - Parameter mask: `[row][column]`.
    /// - Returns: `[row][column]`; 0 outside of the mask.
    static func squares(of mask: [Bool], width: Int, height: Int) -> [Int32] {
        var squares = [Int32](repeating: 0, count: width * height)
        // Down the columns: the distance to the nearest outside pixel of the same column, squared.
        for x in 0..<width {
            var distance: Int32 = 0
            for y in 0..<height {
                distance = mask[y * width + x] ? distance + 1 : 0
                squares[y * width + x] = distance
            }
            distance = 0
            for y in stride(from: height - 1, through: 0, by: -1) {
                distance = mask[y * width + x] ? distance + 1 : 0
                squares[y * width + x] = min(squares[y * width + x], distance)
            }
        }
        for index in squares.indices { squares[index] *= squares[index] }
        var line = [Int](repeating: 0, count: width + 2)
        var envelope = Envelope(count: width + 2)
        for y in 0..<height {
            for x in 0..<width { line[x + 1] = Int(squares[y * width + x]) }
            envelope.lower(line)
            for x in 0..<width { squares[y * width + x] = Int32(truncatingIfNeeded: envelope.value(at: x + 1, of: line)) }
        }
        return squares
    }
}

/// The lower envelope of parabolas (x − i)² + f(i).
private struct Envelope {
    private var vertices: [Int]
    /// The first whole x at which a parabola is the lowest.
    private var starts: [Int]
    private var count = 0
    private var current = 0

    init(count: Int) { (vertices, starts) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count)) }

    mutating func lower(_ values: [Int]) {
        (count, current) = (0, 0)
        for index in values.indices {
            var start = 0
            while count > 0 {
                let last = vertices[count - 1]
                // From there on the parabola of `index` lies below that of `last`, or level with it.
                let rise = values[index] + index * index - values[last] - last * last
                start = Self.ceiling(rise, 2 * (index - last))
                if start > starts[count - 1] { break }
                count -= 1
            }
            if count == 0 { start = Int.min }
            guard start == Int.min || start < values.count else { continue }
            (vertices[count], starts[count]) = (index, start)
            count += 1
        }
    }

    private static func ceiling(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? (number + divisor - 1) / divisor : -(-number / divisor)
    }

    /// - Precondition: `x` does not fall from call to call.
    mutating func value(at x: Int, of values: [Int]) -> Int {
        while current + 1 < count, starts[current + 1] <= x { current += 1 }
        let vertex = vertices[current]
        return (x - vertex) * (x - vertex) + values[vertex]
    }
}
