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
