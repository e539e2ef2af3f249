package import Features
package import Forest
package import Foundation
package import Protocol

/// A training table as a blob: the bins and the class of every sample.
package struct TableDocument: Codable, Sendable {
    /// The value of `format`.
    package static let format = "coppice-table"

    private var format: String
    /// uint8 `[samples][features]`.
    package var bins: WireArray
    /// uint8 `[samples]`: class indices.
    package var classes: WireArray
    package var classCount: Int

    package init(_ table: TrainingTable) {
        format = Self.format
        bins = WireArray(table.bins, .uint8, shape: [table.sampleCount, table.featureCount])
        classes = WireArray(table.classes, .uint8)
        classCount = table.classCount
    }

    /// - Throws: `WireError.invalid` when shapes or values do not fit.
    package func table() throws(WireError) -> TrainingTable {
        try bins.require(.uint8, [nil, nil], "bins")
        try classes.require(.uint8, [bins.shape[0]], "classes")
        do {
            return try TrainingTable(
                featureCount: bins.shape[1], classCount: classCount,
                bins: bins.elements(as: UInt8.self), classes: classes.elements(as: UInt8.self))
        } catch {
            throw .invalid("table: \(error)")
        }
    }

    /// The blob's bytes, canonical JSON.
    package func encoded() throws -> Data { try WireJSON.encode(self) }
}

/// Bin edges as a blob, for the jobs that compute bins before there is a model.
package struct EdgesDocument: Codable, Sendable {
    /// The value of `format`.
    package static let format = "coppice-edges"

    private var format: String
    /// `[feature]`: float32, ascending, at most 255.
    package var edges: [WireArray]

    package init(_ edges: BinEdges) {
        format = Self.format
        self.edges = (0..<edges.featureCount).map { WireArray(edges.edges(ofFeature: $0), .float32) }
    }

    /// - Throws: `WireError.invalid` for lists that are no edges.
    func binEdges() throws(WireError) -> BinEdges {
        guard TrainingTable.featureCountRange.contains(edges.count) else {
            throw .invalid("edges: expected 1 to 1000 features, found \(edges.count)")
        }
        for (feature, array) in edges.enumerated() { try array.require(.float32, [nil], "edges[\(feature)]") }
        do {
            return try BinEdges(edges.map { $0.elements(as: Float.self) })
        } catch {
            throw .invalid("edges: \(error)")
        }
    }

    /// The blob's bytes, canonical JSON.
    package func encoded() throws -> Data { try WireJSON.encode(self) }
}
