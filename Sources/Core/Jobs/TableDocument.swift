public import Foundation

/// A training table as a blob: the bins and the class of every sample.
public struct TableDocument: Codable, Sendable {
    /// The value of `format`.
    public static let format = "coppice-table"

    private var format: String
    /// uint8 `[samples][features]`.
    public var bins: WireArray
    /// uint8 `[samples]`: class indices.
    public var classes: WireArray
    public var classCount: Int

    public init(_ table: TrainingTable) {
        format = Self.format
        bins = WireArray(table.bins, .uint8, shape: [table.sampleCount, table.featureCount])
        classes = WireArray(table.classes, .uint8)
        classCount = table.classCount
    }

    /// - Throws: `WireError.invalid` when shapes or values do not fit.
    public func table() throws(WireError) -> TrainingTable {
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
    public func encoded() throws -> Data { try WireJSON.encode(self) }
}
