internal import Core
internal import Foundation
internal import Synchronization

/// The blobs that the jobs of a command name.
///
/// Safe to use from any task.
final class BlobShelf: Sendable {
    private let blobs = Mutex<[ContentHash: Data]>([:])

    func add(_ blob: Data, as hash: ContentHash) { blobs.withLock { $0[hash] = blob } }

    /// The size of a blob; 0 if it is not here.
    func byteCount(of hash: ContentHash) -> Int { blobs.withLock { $0[hash]?.count ?? 0 } }

    /// The blobs as a run asks for them; a blob that is added later is found too.
    var source: BlobSource {
        BlobSource { [self] hash in
            guard let blob = blobs.withLock({ $0[hash] }) else { throw BlobSource.MissingBlob(hash: hash) }
            return blob
        }
    }
}
