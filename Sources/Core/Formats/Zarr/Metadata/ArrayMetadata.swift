internal import Imaging

/// What the metadata of one Zarr array says, of version 2 or 3, checked as far as it can be without the chunks.
struct ArrayMetadata: Equatable, Sendable {
    /// Elements along each dimension, outermost first; all ≥ 1.
    let shape: [Int]
    let sampleType: SampleType
    /// The bits of every element whose chunk is missing, as the lowest of these.
    let fillBits: UInt32
    /// Elements along each dimension of what is decoded as one: a chunk, or of a sharded array a chunk inside a shard. All ≥ 1.
    let chunkShape: [Int]
    let chunkKeys: ChunkKeys
    /// How a chunk becomes values.
    let codecs: CodecChain
    /// How chunks lie in shards; nil if each chunk is a value of its own.
    let shards: ShardLayout?

    /// Bytes of one decoded chunk.
    var chunkByteCount: Int { chunkShape.reduce(sampleType.byteCount, *) }

    /// The largest number of elements along a dimension.
    static let lengthMax = 1 << 40
    /// Decoded bytes of one chunk.
    static let chunkByteCountMax = 256 << 20
    static let dimensionsMax = 16

    /// The bytes that a chunk of `decoded` bytes may take at most as it is stored: compressors add less than an eighth to what they
    /// cannot compress.
    static func storedByteCountMax(decoded: Int) -> Int { decoded + decoded / 8 + 4096 }

    // MARK: What both versions check

    /// The lengths of an array.
    static func shape(_ value: MetadataValue) throws(ImageError) -> [Int] {
        let shape = try value.integers(in: 0...lengthMax)
        guard (1...dimensionsMax).contains(shape.count) else { throw value.unsupported("1 to \(dimensionsMax) dimensions") }
        guard !shape.contains(0) else { throw value.unsupported("an array that holds something") }
        return shape
    }

    /// The lengths of a chunk of an array of `shape`.
    static func chunkShape(_ value: MetadataValue, of shape: [Int]) throws(ImageError) -> [Int] {
        let chunk = try value.integers(in: 1...lengthMax)
        guard chunk.count == shape.count else { throw value.wrong("\(shape.count) lengths, one for each dimension") }
        return chunk
    }

    /// Refuses chunks that take too much memory.
    static func checkByteCount(
        ofChunk chunk: [Int], _ sampleType: SampleType, limits: ImageLimits, _ value: MetadataValue
    ) throws(ImageError) {
        let byteCountMax = min(chunkByteCountMax, limits.heldBytesMax)
        var byteCount = sampleType.byteCount
        for length in chunk {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
            guard !overflow, product <= byteCountMax else { throw value.unsupported("chunks of at most \(byteCountMax) bytes") }
            byteCount = product
        }
    }

    /// The fill value, which must be one of the array's type; 0 if there is none.
    static func fillBits(_ value: MetadataValue?, _ sampleType: SampleType) throws(ImageError) -> UInt32 {
        guard let value else { return 0 }
        let largest = Int(sampleType.maximum)
        switch sampleType {
        case .float32: return try value.float().bitPattern
        case .uint8, .uint16, .uint32: return UInt32(try value.integer(in: 0...largest))
        case .int8, .int16, .int32: return UInt32(truncatingIfNeeded: try value.integer(in: (-largest - 1)...largest))
        }
    }

    /// Why other types of element are not read.
    static let typesRead = "integers of 8 to 32 bits or float32, as the samples of images are"
}
