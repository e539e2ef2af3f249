/// Look-up tables from values to bins, exact for every float.
///
/// 1. A value v falls into cell `whole(limit(fma(v, scale, offset), 0…last))`. The map is monotone, rounding included. Hence the edges of
///    lower cells are below v, those of higher cells above it, and only the edges of v's own cell must be compared with it.
/// 2. The number of cells is chosen so that a cell holds one edge at most. Where the edges lie too close together for that, the feature is
///    marked as crowded, and the edges after the cell's first are compared one by one.
/// 3. A cell's entry holds its edge, the threshold, and the number of edges in lower cells. The bin is that number, and one more if the
///    value is above the threshold.
struct BinTables: Sendable {
    struct Feature: Sendable {
        var scale: Float = 0
        var offset: Float = 0
        /// The last cell, as a float.
        var last: Float = 0
        /// The first of the feature's entries in `cells`.
        var firstCell = 0
        /// The first of the feature's edges in `edges`.
        var firstEdge = 0
        var edgeCount = 0
        /// Whether some cell holds more than one edge.
        var isCrowded = false
    }

    private(set) var features: [Feature] = []
    /// Entries: the low half of the bits is the threshold as a float, +∞ where there is none; the high half is the number of lower edges.
    private(set) var cells: [Double] = []
    /// The edges of all features, and one more, which keeps the array from being empty.
    private(set) var edges: [Float] = []

    /// Powers of two that are tried as the number of cells: up to 16 KiB, half a first-level cache.
    private static let cellCounts = [64, 256, 512, 1024, 2048]

    init(_ lists: [[Float]]) {
        for edges in lists { append(edges) }
        cells.append(0)
        edges.append(0)
        features.append(Feature())
    }

    /// The cell of a value that is not NaN: the same operations as in the vector kernel.
    private static func cell(of value: Float, in feature: Feature) -> Int {
        let position = feature.offset.addingProduct(value, feature.scale)
        let limited = position < feature.last ? position : feature.last
        return limited > 0 ? Int(limited) : 0
    }

    private mutating func append(_ edges: [Float]) {
        var feature = Feature()
        feature.firstCell = cells.count
        feature.firstEdge = self.edges.count
        feature.edgeCount = edges.count
        var cellOfEdge = edges.map { _ in 0 }
        if let first = edges.first, let last = edges.last, first < last {
            for count in Self.cellCounts {
                feature.last = Float(count - 1)
                let scale = Double(count - 1) / (Double(last) - Double(first))
                feature.scale = Float(min(max(scale, 1e-37), 1e37))
                feature.offset = -first * feature.scale
                cellOfEdge = edges.map { Self.cell(of: $0, in: feature) }
                feature.isCrowded = zip(cellOfEdge, cellOfEdge.dropFirst()).contains { $0 == $1 }
                if !feature.isCrowded { break }
            }
        }
        var below = 0
        for cell in 0...Int(feature.last) {
            var next = below
            while next < edges.count && cellOfEdge[next] == cell { next += 1 }
            let threshold = next > below ? edges[below] : .infinity
            cells.append(Double(bitPattern: UInt64(below) << 32 | UInt64(threshold.bitPattern)))
            below = next
        }
        self.edges += edges
        features.append(feature)
    }
}
