internal import Compression
internal import Imaging

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
