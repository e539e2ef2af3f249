/// The quantile edges that turn feature values into one-byte bins: per feature 0…255 of them, finite and strictly ascending.
///
/// The bin of a value is the number of edges below it, `numpy.searchsorted(edges, value, side: "left")`: bin b holds
/// edges[b − 1] < value ≤ edges[b]. A NaN goes to the last bin, as it sorts above every number.
package struct BinEdges: Equatable, Sendable {
    /// One list per feature.
    private let lists: [[Float]]
    private let tables: BinTables

    /// - Parameter edges: one list per feature.
    /// - Throws: `BinEdgesError` when a list has more than 255 edges, or one that is not finite or not above the one before.
    package init(_ edges: [[Float]]) throws(BinEdgesError) {
        for (feature, list) in edges.enumerated() {
            guard list.count <= 255 else { throw .tooMany(feature: feature, found: list.count) }
            for (index, edge) in list.enumerated() {
                guard edge.isFinite else { throw .notFinite(feature: feature, index: index) }
                guard index == 0 || list[index - 1] < edge else { throw .notAscending(feature: feature, index: index) }
            }
        }
        lists = edges
        tables = BinTables(edges)
    }

    /// Features with a list of edges.
    package var featureCount: Int { lists.count }

    /// The edges of one feature, ascending.
    package func edges(ofFeature feature: Int) -> [Float] { lists[feature] }

    /// The bin of one value: the number of edges below it.
    ///
    /// - Complexity: O(log edges).
    package func bin(_ value: Float, feature: Int) -> UInt8 {
        let edges = lists[feature]
        var low = 0
        var high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if value <= edges[middle] { high = middle } else { low = middle + 1 }
        }
        return UInt8(low)
    }

    /// Bins of a table of samples, `[sample][feature]` in and out.
    ///
    /// - Parameters:
    ///   - samples: `count * featureCount` floats; any values, infinite and NaN included.
    ///   - bins: room for as many bytes.
    package func quantise(samples: UnsafePointer<Float>, count: Int, into bins: UnsafeMutablePointer<UInt8>) {
        withQuantiser { quantiser in
            let run = Quantiser.runLength
            withUnsafeTemporaryAllocation(of: Float.self, capacity: run) { column in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: run) { columnBins in
                    guard let column = column.baseAddress, let columnBins = columnBins.baseAddress else { return }
                    column.initialize(repeating: 0, count: run)
                    for first in stride(from: 0, to: count, by: run) {
                        let length = min(run, count - first)
                        for feature in 0..<featureCount {
                            let source = samples + first * featureCount + feature
                            for index in 0..<length {
                                let value = source[index * featureCount]
                                column[index] = value.isNaN ? .infinity : value
                            }
                            quantiser.bins(of: column, count: length, feature: feature, into: columnBins)
                            let target = bins + first * featureCount + feature
                            for index in 0..<length { target[index * featureCount] = columnBins[index] }
                        }
                    }
                }
            }
        }
    }

    /// Runs `body` with the fast look-up, which is valid inside it only.
    func withQuantiser(_ body: (Quantiser) -> Void) {
        tables.cells.withUnsafeBufferPointer { cells in
            tables.edges.withUnsafeBufferPointer { edges in
                tables.features.withUnsafeBufferPointer { features in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Quantiser.runLength) { indices in
                        guard let cells = cells.baseAddress, let edges = edges.baseAddress,
                            let features = features.baseAddress, let indices = indices.baseAddress
                        else { return }
                        body(Quantiser(features: features, cells: cells, edges: edges, indices: indices))
                    }
                }
            }
        }
    }

    package static func == (left: BinEdges, right: BinEdges) -> Bool { left.lists == right.lists }
}

/// Why a list of bin edges is refused. `description` is one line for the user.
package enum BinEdgesError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooMany(feature: Int, found: Int)
    case notFinite(feature: Int, index: Int)
    case notAscending(feature: Int, index: Int)

    package var description: String {
        switch self {
        case .tooMany(let feature, let found): "bin edges of feature \(feature): expected at most 255, found \(found)"
        case .notFinite(let feature, let index):
            "bin edges of feature \(feature): expected finite numbers, found another at position \(index)"
        case .notAscending(let feature, let index):
            "bin edges of feature \(feature): expected ascending numbers, found position \(index) not above the one before"
        }
    }
}
