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

/// How chunks lie in the shards of an array: the codec `sharding_indexed` of Zarr v3.
///
/// A shard is one value of the store, with an index of two 64-bit numbers for each of its chunks, row-major: the first byte and the
/// number of bytes; both are 2⁶⁴ − 1 for a chunk that is missing.
struct ShardLayout: Equatable, Sendable {
    /// Chunks along each dimension of a shard.
    let chunksPerShard: [Int]
    /// Whether the index comes before the chunks; otherwise it comes after them.
    let isIndexAtStart: Bool
    let isIndexBigEndian: Bool
    /// Whether the index ends with its CRC-32C.
    let hasIndexChecksum: Bool

    /// Chunks of one shard.
    static let chunkCountMax = 1 << 20

    /// - Parameter configuration: that of `sharding_indexed`.
    /// - Throws: `ImageError`: `corrupt` for shards that chunks do not fill, `unsupported` for an index that is not read.
    init(_ configuration: MetadataValue, shardShape: [Int], chunkShape: [Int]) throws(ImageError) {
        let inner = try configuration.required("chunk_shape", "a list of lengths")
        var chunksPerShard: [Int] = []
        var count = 1
        for (shard, chunk) in zip(shardShape, chunkShape) {
            guard shard.isMultiple(of: chunk) else { throw inner.wrong("lengths that divide those of the shard, \(shardShape)") }
            chunksPerShard.append(shard / chunk)
            let (product, overflow) = count.multipliedReportingOverflow(by: shard / chunk)
            guard !overflow, product <= Self.chunkCountMax else {
                throw inner.unsupported("at most \(Self.chunkCountMax) chunks in a shard")
            }
            count = product
        }
        self.chunksPerShard = chunksPerShard
        isIndexAtStart = try configuration.member("index_location")?.text(outOf: ["start", "end"]) == "start"
        let codecs = try configuration.required("index_codecs", "a list of codecs")
        let chain = try CodecChain(codecs, .uint16, dimensions: shardShape.count + 1)
        guard chain.steps.isEmpty || chain.steps == [.crc32c] else {
            throw codecs.unsupported("\"bytes\" and at most \"crc32c\"")
        }
        isIndexBigEndian = chain.isBigEndian
        hasIndexChecksum = !chain.steps.isEmpty
    }

    /// Chunks of one shard.
    var chunkCount: Int { chunksPerShard.reduce(1, *) }

    /// Bytes of the index as it is stored.
    var indexByteCount: Int { 16 * chunkCount + (hasIndexChecksum ? 4 : 0) }

    /// The part of the shard that is its index.
    var indexPart: StorePart { isIndexAtStart ? .range(offset: 0, count: indexByteCount) : .last(indexByteCount) }

    /// The shard of the chunk at `position` of the array, and the chunk's number in the shard's index.
    func place(of position: [Int]) -> (shard: [Int], index: Int) {
        var shard: [Int] = []
        var index = 0
        for (number, count) in zip(position, chunksPerShard) {
            shard.append(number / count)
            index = index * count + number % count
        }
        return (shard, index)
    }

    /// The bytes of a shard that hold each chunk; nil for a chunk that is missing.
    ///
    /// - Parameter index: the index as it is stored.
    /// - Throws: `CodecError` for an index that is cut off, fails its checksum or names no range.
    func ranges(_ index: [UInt8]) throws(CodecError) -> [Range<Int>?] {
        guard index.count == indexByteCount else {
            throw CodecError("shard index: expected \(indexByteCount) bytes, found \(index.count)")
        }
        let numbers = hasIndexChecksum ? try CRC32C.stripped(index) : index
        return try numbers.withUnsafeBufferPointer { (buffer) throws(CodecError) in
            let bytes = UnsafeRawBufferPointer(buffer)
            var ranges: [Range<Int>?] = []
            ranges.reserveCapacity(chunkCount)
            for chunk in 0..<chunkCount {
                let offset = number(bytes, 2 * chunk)
                let count = number(bytes, 2 * chunk + 1)
                if offset == .max && count == .max {
                    ranges.append(nil)
                } else if let start = Int(exactly: offset), let length = Int(exactly: count), start <= Int.max - length {
                    ranges.append(start..<start + length)
                } else {
                    throw CodecError(
                        "shard index: chunk \(chunk): expected a range of bytes, found \(count) bytes from \(offset) on")
                }
            }
            return ranges
        }
    }

    private func number(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        let stored = bytes.loadUnaligned(fromByteOffset: 8 * position, as: UInt64.self)
        return isIndexBigEndian ? UInt64(bigEndian: stored) : UInt64(littleEndian: stored)
    }
}
