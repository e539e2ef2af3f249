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

extension ArrayMetadata {
    /// Reads the document `.zarray` of version 2.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for what is not read.
    init(v2 document: MetadataValue, limits: ImageLimits) throws(ImageError) {
        _ = try document.required("zarr_format", "2").integer(in: 2...2)
        shape = try Self.shape(try document.required("shape", "a list of lengths"))
        let type = try document.required("dtype", "a type")
        let (sampleType, isBigEndian) = try Self.sampleType(v2: type)
        self.sampleType = sampleType
        let chunks = try document.required("chunks", "a list of lengths")
        chunkShape = try Self.chunkShape(chunks, of: shape)
        try Self.checkByteCount(ofChunk: chunkShape, sampleType, limits: limits, chunks)
        fillBits = try Self.fillBits(try document.member("fill_value"), sampleType)
        let order = try document.required("order", "\"C\"")
        guard case .string("C") = order.value else { throw order.unsupported("\"C\", rows before columns") }
        if let filters = try document.member("filters"), !(try filters.elements().isEmpty) {
            throw filters.unsupported("no filters")
        }
        let separator = try document.member("dimension_separator")?.text(outOf: [".", "/"])
        chunkKeys = ChunkKeys(hasPrefix: false, isNested: separator == "/")
        var steps: [BytesCodec] = []
        if let compressor = try document.member("compressor") {
            let name = try compressor.required("id", "the name of a compressor")
            steps = [try BytesCodec(name, configuration: compressor, names: BytesCodec.namesOfV2)]
        }
        codecs = CodecChain(isBigEndian: isBigEndian, steps: steps)
        shards = nil
    }

    private static func sampleType(v2 type: MetadataValue) throws(ImageError) -> (SampleType, isBigEndian: Bool) {
        let names: [String: SampleType] = [
            "u1": .uint8, "u2": .uint16, "u4": .uint32, "i1": .int8, "i2": .int16, "i4": .int32, "f4": .float32,
        ]
        guard case .string(let text) = type.value, let order = text.first, let sampleType = names[String(text.dropFirst())],
            "<>".contains(order) || (order == "|" && sampleType.byteCount == 1)
        else { throw type.unsupported(typesRead) }
        return (sampleType, order == ">" && sampleType.byteCount > 1)
    }
}

extension ArrayMetadata {
    /// Members that the specification names; others must be marked as ones that need not be understood.
    private static let membersKnown: Set = [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
        "attributes", "dimension_names", "storage_transformers",
    ]

    /// Reads the document `zarr.json` of an array of version 3.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for what is not read.
    init(v3 document: MetadataValue, limits: ImageLimits) throws(ImageError) {
        _ = try document.required("zarr_format", "3").integer(in: 3...3)
        try Self.checkMembers(of: document)
        shape = try Self.shape(try document.required("shape", "a list of lengths"))
        sampleType = try Self.sampleType(v3: try document.required("data_type", "a type"))
        fillBits = try Self.fillBits(try document.required("fill_value", "a value"), sampleType)
        if let names = try document.member("dimension_names"), try names.elements().count != shape.count {
            throw names.wrong("\(shape.count) names, one for each dimension")
        }
        if let transformers = try document.member("storage_transformers"), !(try transformers.elements().isEmpty) {
            throw transformers.unsupported("no storage transformers")
        }
        chunkKeys = try Self.chunkKeys(try document.required("chunk_key_encoding", "an encoding"))
        let grid = try document.required("chunk_grid", "a grid")
        let (gridName, gridConfiguration) = try grid.named()
        guard gridName == "regular", let gridConfiguration else {
            throw grid.unsupported("a regular grid with its configuration")
        }
        let outer = try gridConfiguration.required("chunk_shape", "a list of lengths")
        let outerShape = try Self.chunkShape(outer, of: shape)
        let codecs = try document.required("codecs", "a list of codecs")
        if let sharding = try Self.sharding(codecs, dimensions: shape.count) {
            let inner = try sharding.required("chunk_shape", "a list of lengths")
            chunkShape = try Self.chunkShape(inner, of: shape)
            try Self.checkByteCount(ofChunk: chunkShape, sampleType, limits: limits, inner)
            let layout = try ShardLayout(sharding, shardShape: outerShape, chunkShape: chunkShape)
            shards = layout
            self.codecs = try CodecChain(
                try sharding.required("codecs", "a list of codecs"), sampleType, dimensions: shape.count)
        } else {
            chunkShape = outerShape
            try Self.checkByteCount(ofChunk: chunkShape, sampleType, limits: limits, outer)
            shards = nil
            self.codecs = try CodecChain(codecs, sampleType, dimensions: shape.count)
        }
    }

    private static func checkMembers(of document: MetadataValue) throws(ImageError) {
        for (name, value) in try document.members().sorted(by: { $0.key < $1.key }) where !membersKnown.contains(name) {
            if case .object(let members) = value, members["must_understand"] == .bool(false) { continue }
            throw .unsupported(
                path: document.path, reason: "expected the members of a Zarr v3 array, found \(JSONValue.string(name))")
        }
    }

    private static func sampleType(v3 type: MetadataValue) throws(ImageError) -> SampleType {
        guard case .string(let text) = type.value, let sampleType = SampleType(rawValue: text) else {
            throw type.unsupported(typesRead)
        }
        return sampleType
    }

    private static func chunkKeys(_ encoding: MetadataValue) throws(ImageError) -> ChunkKeys {
        let (name, configuration) = try encoding.named()
        let separator = try configuration?.member("separator")?.text(outOf: [".", "/"])
        switch name {
        case "default": return ChunkKeys(hasPrefix: true, isNested: separator != ".")
        case "v2": return ChunkKeys(hasPrefix: false, isNested: separator == "/")
        default: throw encoding.unsupported("the encoding \"default\" or \"v2\"")
        }
    }

    /// The configuration of the sharding codec; nil if the array is not sharded.
    private static func sharding(_ codecs: MetadataValue, dimensions: Int) throws(ImageError) -> MetadataValue? {
        let elements = try codecs.elements()
        for (index, element) in elements.enumerated() {
            let (name, configuration) = try element.named()
            guard name == "sharding_indexed" else { continue }
            for before in elements[..<index] { try CodecChain.checkTransposition(before, dimensions: dimensions) }
            guard index == elements.count - 1 else { throw codecs.unsupported("no codecs after sharding_indexed") }
            guard let configuration else { throw element.wrong("a configuration of sharding_indexed") }
            return configuration
        }
        return nil
    }
}

/// How the keys of an array's chunks follow from their positions.
struct ChunkKeys: Equatable, Sendable {
    /// Whether keys start with `c` (version 3).
    let hasPrefix: Bool
    /// Whether the numbers are folders; otherwise dots separate them.
    let isNested: Bool

    /// The key of the chunk at `position`, below the array's own.
    ///
    /// - Precondition: all numbers ≥ 0, and at least one.
    func key(_ array: StoreKey, _ position: [Int]) -> StoreKey {
        precondition(!position.isEmpty && position.allSatisfy { $0 >= 0 }, "chunk \(position)")
        let parts = (hasPrefix ? ["c"] : []) + position.map(String.init)
        if isNested { return parts.reduce(array) { $0.appending($1) } }
        return array.appending(parts.joined(separator: "."))
    }
}
