internal import Compression
internal import Imaging

/// The chunks of one Zarr array. Not safe to share between threads.
final class ZarrArray {
    let metadata: ArrayMetadata
    let store: any ChunkStore
    let key: StoreKey
    private let isLabels: Bool
    /// Whether all chunks must be there.
    private let isComplete: Bool
    /// Whether the numbers in the keys of chunks are folders; nil until a chunk shows what the metadata do not say.
    private var isNested: Bool?
    /// Of each shard that was read last, the bytes of its chunks; nil for a shard that is missing.
    private var shards = RecentValues<[Int], [Range<Int>?]?>(byteCountMax: 32 << 20)

    /// - Parameters:
    ///   - isLabels: whether the elements are labels. Of them true is 1, and what no sample can hold becomes the nearest that one can; of the
    ///     pixels of an image true is full intensity, and what no sample can hold is an error.
    ///   - isComplete: whether a missing chunk is an error.
    init(
        _ metadata: ArrayMetadata, at key: StoreKey, in store: any ChunkStore, isLabels: Bool = false, isComplete: Bool = false
    ) {
        self.metadata = metadata
        (self.isLabels, self.isComplete) = (isLabels, isComplete)
        self.key = key
        self.store = store
        isNested = metadata.chunkKeys.isNested
    }

    /// The samples of the chunk at `position`, little-endian, with the distances of `ArrayMetadata.chunkStrides`; nil for a
    /// chunk that is missing, all of whose samples are the fill value.
    ///
    /// - Throws: `ImageError` naming the chunk's file: `corrupt` when it is cut off or damaged, `unsupported` when it is larger than
    ///   a chunk can be or holds values that no sample can hold, `io`.
    func chunk(at position: [Int]) throws(ImageError) -> [UInt8]? {
        guard let (stored, key) = try stored(position) else {
            guard isComplete else { return nil }
            throw .corrupt(
                path: store.name(of: self.key), reason: "chunk \(position): expected it in a copy that is complete, found none")
        }
        let elements: [UInt8]
        do {
            elements = try metadata.codecs.decode(stored, byteCount: metadata.chunkByteCount)
        } catch {
            let path = store.name(of: key)
            throw error.isUnsupported
                ? .unsupported(path: path, reason: error.description) : .corrupt(path: path, reason: error.description)
        }
        if metadata.element == .bool { return elements.map { $0 == 0 ? 0 : truth } }
        return try metadata.element.samples(elements, isBigEndian: metadata.codecs.isBigEndian) {
            (index, value) throws(ImageError) in
            // Beyond the array's end a chunk may hold anything.
            guard !isLabels, let place = place(ofSample: index, inChunk: position) else { return }
            throw .unsupported(
                path: store.name(of: key),
                reason:
                    "element \(place): expected a value that \(metadata.sampleType.rawValue) can hold, found the "
                    + "\(metadata.element.rawValue) \(value)")
        }
    }

    /// Whether the chunk at `position` is missing; false also where the store cannot tell it without reading.
    ///
    /// - Throws: `ImageError` of the store, or for a damaged index of a shard.
    func isMissing(at position: [Int]) throws(ImageError) -> Bool {
        guard store.tellsWhatIsHeld else { return false }
        if let layout = metadata.shards {
            let (shard, index) = layout.place(of: position)
            return try ranges(of: shard, layout)?[index] == nil
        }
        for nested in isNested.map({ [$0] }) ?? [false, true] {
            if try store.holds(metadata.chunkKeys.key(key, position, isNested: nested)) { return false }
        }
        return true
    }

    /// The sample that stands for true.
    private var truth: UInt8 { isLabels ? 1 : 255 }

    /// The sample that stands for each of the chunk at `position`, which is missing, as the lowest of these bits.
    ///
    /// - Throws: `ImageError.unsupported` if no sample can hold the fill value.
    func fillBits(at position: [Int]) throws(ImageError) -> UInt32 {
        if let bits = metadata.fill.bits { return metadata.element == .bool ? bits * UInt32(truth) : bits }
        throw .unsupported(
            path: store.name(of: key),
            reason:
                "chunk \(position), which is not there: expected a fill value that \(metadata.sampleType.rawValue) can hold, found the "
                + "\(metadata.element.rawValue) \(metadata.fill.text)")
    }

    /// The sample of chunks that are missing; nil if no sample can hold it.
    var fillValue: Double? {
        guard let bits = metadata.fill.bits else { return nil }
        switch metadata.sampleType {
        case .uint8, .uint16, .uint32: return Double(metadata.element == .bool ? bits * UInt32(truth) : bits)
        case .int8, .int16, .int32: return Double(Int32(bitPattern: bits))
        case .float32: return Double(Float(bitPattern: bits))
        }
    }

    /// The place in the array of a sample of a chunk; nil if it lies beyond the array's end.
    private func place(ofSample index: Int, inChunk position: [Int]) -> [Int]? {
        var place = position
        var rest = index
        for dimension in metadata.codecs.order.dimensions {
            let stride = metadata.chunkStrides[dimension]
            place[dimension] = position[dimension] * metadata.chunkShape[dimension] + rest / stride
            rest %= stride
        }
        return zip(place, metadata.shape).allSatisfy(<) ? place : nil
    }

    /// The bytes of a chunk as they are stored, and the key of the value that holds them; nil for a chunk that is missing.
    private func stored(_ position: [Int]) throws(ImageError) -> (bytes: [UInt8], key: StoreKey)? {
        let byteCountMax = ArrayMetadata.storedByteCountMax(decoded: metadata.chunkByteCount)
        guard let layout = metadata.shards else { return try value(position, .whole, byteCountMax: byteCountMax) }
        let (shard, index) = layout.place(of: position)
        guard let range = try ranges(of: shard, layout)?[index] else { return nil }
        let key = self.key(shard)
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
        return (stored, key)
    }

    private func key(_ position: [Int]) -> StoreKey {
        metadata.chunkKeys.key(key, position, isNested: isNested ?? false)
    }

    /// A part of the chunk or shard at `position` in their grid; nil if it is missing.
    private func value(
        _ position: [Int], _ part: StorePart, byteCountMax: Int
    ) throws(ImageError) -> (bytes: [UInt8], key: StoreKey)? {
        for nested in isNested.map({ [$0] }) ?? [false, true] {
            let key = metadata.chunkKeys.key(key, position, isNested: nested)
            if let bytes = try store.read(key, part, byteCountMax: byteCountMax) {
                isNested = nested
                return (bytes, key)
            }
        }
        return nil
    }

    private func ranges(of shard: [Int], _ layout: ShardLayout) throws(ImageError) -> [Range<Int>?]? {
        if let known = shards.value(of: shard) { return known }
        var ranges: [Range<Int>?]?
        if let (index, key) = try value(shard, layout.indexPart, byteCountMax: layout.indexByteCount) {
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
/// A shard is one value of the store, with an index of two 64-bit numbers for each of its chunks, in the order of dimensions
/// that the codec gets: the first byte and the
/// number of bytes; both are 2⁶⁴ − 1 for a chunk that is missing.
struct ShardLayout: Equatable, Sendable {
    /// Chunks along each dimension of a shard.
    let chunksPerShard: [Int]
    /// In which the index counts the dimensions.
    let order: DimensionOrder
    /// Whether the index comes before the chunks; otherwise it comes after them.
    let isIndexAtStart: Bool
    let isIndexBigEndian: Bool
    /// Whether the index ends with its CRC-32C.
    let hasIndexChecksum: Bool

    /// Chunks of one shard.
    static let chunkCountMax = 1 << 20

    /// - Parameters:
    ///   - configuration: that of `sharding_indexed`.
    ///   - order: in which the codec gets the dimensions.
    /// - Throws: `ImageError`: `corrupt` for shards that chunks do not fill, `unsupported` for an index that is not read.
    init(
        _ configuration: MetadataValue, shardShape: [Int], chunkShape: [Int], order: DimensionOrder
    ) throws(ImageError) {
        self.order = order
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
        let order = DimensionOrder.rowMajor(shardShape.count + 1)
        let chain = try CodecChain(codecs, elementByteCount: 8, order: order)
        guard chain.order == order, chain.steps.isEmpty || chain.steps == [.crc32c] else {
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
        var index = 0
        for dimension in order.dimensions {
            index = index * chunksPerShard[dimension] + position[dimension] % chunksPerShard[dimension]
        }
        return (zip(position, chunksPerShard).map(/), index)
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
