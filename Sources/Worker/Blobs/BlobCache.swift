internal import Primitives

/// The blobs that a worker holds, within a number of bytes; the one used longest ago goes first.
///
/// A blob is pinned while a queued or running job needs it, and pinned blobs never go. A plain value: no threads, no clock.
struct BlobCache<Content: Sendable>: Sendable {
    /// What became of a blob that was offered.
    enum Insertion: Equatable, Sendable {
        case stored(evictedCount: Int)
        case alreadyHeld
        /// Larger than the whole cache.
        case tooLarge
        /// It would fit only in the place of blobs that jobs need now.
        case pinned
    }

    private struct Entry: Sendable {
        let content: Content
        let byteCount: Int
        var pinCount = 0
        var lastUse: Int
    }

    /// Memory for all blobs together, in bytes.
    let bytesMax: Int
    private(set) var byteCount = 0
    private var entries: [ContentHash: Entry] = [:]
    /// Uses so far: the cache's own time.
    private var useCount = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The blobs held, by name, with their bytes.
    var held: [(hash: ContentHash, byteCount: Int)] {
        entries.map { ($0.key, $0.value.byteCount) }.sorted { $0.hash.hex < $1.hash.hex }
    }

    /// Whether the blob is held. It counts as a use, because a job is likely to follow.
    mutating func touch(_ hash: ContentHash) -> Bool {
        guard entries[hash] != nil else { return false }
        useCount += 1
        entries[hash]?.lastUse = useCount
        return true
    }

    /// Those of `hashes` that are not held, in their order.
    func missing(of hashes: [ContentHash]) -> [ContentHash] { hashes.filter { entries[$0] == nil } }

    /// Stores a blob, in the place of others if need be.
    ///
    /// - Complexity: O(n) in the blobs held for each one that has to go.
    mutating func insert(_ hash: ContentHash, _ content: Content, byteCount: Int) -> Insertion {
        if touch(hash) { return .alreadyHeld }
        guard byteCount <= bytesMax else { return .tooLarge }
        let pinned = entries.values.reduce(0) { $0 + ($1.pinCount > 0 ? $1.byteCount : 0) }
        guard pinned + byteCount <= bytesMax else { return .pinned }
        var evictedCount = 0
        while self.byteCount + byteCount > bytesMax {
            let idle = entries.filter { $0.value.pinCount == 0 }
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
                preconditionFailure("\(self.byteCount) bytes held, \(pinned) of them pinned, and none to evict")
            }
            entries[oldest.key] = nil
            self.byteCount -= oldest.value.byteCount
            evictedCount += 1
        }
        useCount += 1
        entries[hash] = Entry(content: content, byteCount: byteCount, lastUse: useCount)
        self.byteCount += byteCount
        return .stored(evictedCount: evictedCount)
    }

    /// Pins the blobs for a job and returns them.
    ///
    /// - Precondition: none is missing.
    mutating func pin(_ hashes: [ContentHash]) -> [ContentHash: Content] {
        var contents: [ContentHash: Content] = [:]
        for hash in hashes {
            guard let entry = entries[hash] else { preconditionFailure("blob \(hash) is not held") }
            contents[hash] = entry.content
            entries[hash]?.pinCount += 1
            _ = touch(hash)
        }
        return contents
    }

    /// Takes back what `pin` did for the same list.
    mutating func unpin(_ hashes: [ContentHash]) {
        for hash in hashes {
            guard let pinCount = entries[hash]?.pinCount, pinCount > 0 else {
                preconditionFailure("blob \(hash) is not pinned")
            }
            entries[hash]?.pinCount = pinCount - 1
        }
    }
}
