package import Features
internal import Forest
package import Foundation
package import Protocol

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
