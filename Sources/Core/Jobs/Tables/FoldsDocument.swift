internal import Forest
package import Foundation
package import Protocol

/// Which samples of a training table are left out together, as a blob: a byte a sample.
package struct FoldsDocument: Codable, Sendable {
    /// The value of `format`.
    package static let format = "coppice-folds"

    private var format: String
    /// uint8 `[samples]`: the fold, or 255 for a sample that is never left out.
    package var folds: WireArray

    package init(_ folds: [UInt8]) {
        format = Self.format
        self.folds = WireArray(folds, .uint8, shape: [folds.count], isDeflated: true)
    }

    /// The fold of each sample.
    ///
    /// - Throws: `WireError.invalid` for an array that is none of folds.
    package func values() throws(WireError) -> [UInt8] {
        try folds.require(.uint8, [nil], "folds")
        guard TrainingTable.sampleCountRange.contains(folds.shape[0]) else {
            throw .invalid("folds: expected 1 to 2147483647 samples, found \(folds.shape[0])")
        }
        return folds.elements(as: UInt8.self)
    }

    /// The blob's bytes, canonical JSON.
    package func encoded() throws -> Data { try WireJSON.encode(self) }
}
