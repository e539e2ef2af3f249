internal import Compression
internal import Imaging

/// The chunks of one Zarr array. Not safe to share between threads.
final class ZarrArray {
    let metadata: ArrayMetadata
    private let store: any ChunkStore
    private let key: StoreKey
    /// Of each shard that was read last, the bytes of its chunks; nil for a shard that is missing.
    private var shards = RecentValues<[Int], [Range<Int>?]?>(byteCountMax: 32 << 20)

    init(_ metadata: ArrayMetadata, at key: StoreKey, in store: any ChunkStore) {
        self.metadata = metadata
        self.key = key
        self.store = store
    }

    /// The elements of the chunk at `position`, row-major, little-endian; nil for a chunk that is missing,
    /// all of whose elements are the fill value.
    ///
    /// - Throws: `ImageError` naming the chunk's file: `corrupt` when it is cut off or damaged, `unsupported` when it is larger than
    ///   a chunk can be, `io`.
    func chunk(at position: [Int]) throws(ImageError) -> [UInt8]? {
        let byteCount = metadata.chunkByteCount
        let byteCountMax = ArrayMetadata.storedByteCountMax(decoded: byteCount)
        if let layout = metadata.shards {
            let (shard, index) = layout.place(of: position)
            let key = metadata.chunkKeys.key(key, shard)
            guard let range = try ranges(of: shard, layout, key)?[index] else { return nil }
            guard range.count <= byteCountMax else {
                throw .unsupported(
                    path: store.name(of: key),
                    reason: "chunk \(index) of the shard: expected at most \(byteCountMax) bytes, found \(range.count)")
            }
            let part = StorePart.range(offset: range.lowerBound, count: range.count)
            let stored = try store.read(key, part, byteCountMax: byteCountMax) ?? []
            guard stored.count == range.count else {
                throw .corrupt(
                    path: store.name(of: key),
                    reason:
                        "chunk \(index) of the shard: expected \(range.count) bytes from \(range.lowerBound) on, found \(stored.count)"
                )
            }
            return try decode(stored, byteCount, key)
        }
        let key = metadata.chunkKeys.key(key, position)
        guard let stored = try store.read(key, .whole, byteCountMax: byteCountMax) else { return nil }
        return try decode(stored, byteCount, key)
    }

    private func decode(_ stored: [UInt8], _ byteCount: Int, _ key: StoreKey) throws(ImageError) -> [UInt8] {
        do {
            return try metadata.codecs.decode(stored, metadata.sampleType, byteCount: byteCount)
        } catch {
            throw .corrupt(path: store.name(of: key), reason: error.description)
        }
    }

    private func ranges(
        of shard: [Int], _ layout: ShardLayout, _ key: StoreKey
    ) throws(ImageError) -> [Range<Int>?]? {
        if let known = shards.value(of: shard) { return known }
        var ranges: [Range<Int>?]?
        if let index = try store.read(key, layout.indexPart, byteCountMax: layout.indexByteCount) {
            do {
                ranges = try layout.ranges(index)
            } catch {
                throw .corrupt(path: store.name(of: key), reason: error.description)
            }
        }
        shards.insert(ranges, of: shard, byteCount: (ranges?.count ?? 0) * MemoryLayout<Range<Int>?>.stride)
        return ranges
    }
}
