internal import Formats
package import Foundation
package import Primitives
package import Protocol

/// A model file: its bytes, and the model that `SegmentationModel` validated.
package struct ModelFile: Sendable {
    package let model: SegmentationModel
    /// The file's bytes: the blob that workers get.
    package let bytes: Data
    package let hash: ContentHash

    package init(model: SegmentationModel, bytes: Data, hash: ContentHash) {
        self.model = model
        self.bytes = bytes
        self.hash = hash
    }

    /// - Throws: an I/O error when the file cannot be read, a bad-input error when it is no valid model.
    package static func load(_ path: String) throws(CoordinatorError) -> ModelFile {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            let reason = FileSystem.obstacle(toReading: path) ?? "cannot be read"
            throw CoordinatorError(.inputOutput, "\(path): \(reason)")
        }
        do {
            return ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
        } catch {
            throw CoordinatorError(.badInput, "\(path): not a valid model: \(error)")
        }
    }
}
