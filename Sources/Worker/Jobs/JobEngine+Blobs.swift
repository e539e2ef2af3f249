internal import HTTPServing
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

extension JobEngine {
    /// What became of a blob that was sent.
    enum Storage: Sendable {
        case stored
        case alreadyHeld
        /// The bytes have another name.
        case misnamed(ContentHash)
        /// No blob.
        case invalid(String)
        case tooLarge(byteCount: Int)
        /// Jobs need every blob in whose place it would fit.
        case pinned
    }

    /// Verifies, decodes and stores a blob.
    func store(_ hash: ContentHash, _ body: GatheredBody) async -> Storage {
        await intake.run { [self] _ in take(hash, body.bytes) }
    }

    /// Runs on the intake thread.
    private func take(_ hash: ContentHash, _ bytes: Data) -> Storage {
        let found = ContentHash(of: bytes)
        guard found == hash else { return .misnamed(found) }
        if holds(hash) { return .alreadyHeld }
        let blob: SizedBlob<Load.Blob>
        do {
            blob = try load.blob(decoding: bytes)
        } catch {
            return .invalid(error.description)
        }
        switch state.withLock({ $0.blobs.insert(hash, blob.content, byteCount: blob.byteCount) }) {
        case .stored(let evictedCount):
            metrics.countEvictions(evictedCount)
            return .stored
        case .alreadyHeld: return .alreadyHeld
        case .tooLarge: return .tooLarge(byteCount: blob.byteCount)
        case .pinned: return .pinned
        }
    }

    /// Whether a blob is held.
    func holds(_ hash: ContentHash) -> Bool { state.withLock { $0.blobs.touch(hash) } }
}
