internal import Foundation
internal import Primitives
internal import Synchronization

/// The blobs that the jobs of a run name.
///
/// Safe to use from any task.
final class BlobStore: Sendable {
    private enum Entry {
        case held(Data)
        case made(@Sendable () throws -> Data)
    }

    private let blobs = Lock<[ContentHash: Entry]>([:])

    func add(_ blob: Data, as hash: ContentHash) { blobs.withLock { $0[hash] = .held(blob) } }

    /// Adds a blob that is made whenever it is sent: the same bytes each time.
    func add(as hash: ContentHash, making make: @escaping @Sendable () throws -> Data) {
        blobs.withLock { $0[hash] = .made(make) }
    }

    /// The size of a blob; 0 if it is not held here.
    func byteCount(of hash: ContentHash) -> Int {
        blobs.withLock { blobs in
            guard case .held(let blob)? = blobs[hash] else { return 0 }
            return blob.count
        }
    }

    /// The blobs as a run asks for them; a blob that is added later is found too.
    var source: BlobSource {
        BlobSource { [self] hash in
            switch blobs.withLock({ $0[hash] }) {
            case .held(let blob)?: return blob
            case .made(let make)?: return try make()
            case nil: throw BlobSource.MissingBlob(hash: hash)
            }
        }
    }
}
