internal import Imaging

/// What the metadata of one Zarr array says, of version 2 or 3, checked as far as it can be without the chunks.
struct ArrayMetadata: Equatable, Sendable {
    /// Elements along each dimension, outermost first; all ≥ 1.
    let shape: [Int]
    let element: ElementType
    /// Of every element whose chunk is missing.
    let fill: FillValue
    /// Elements along each dimension of what is decoded as one: a chunk, or of a sharded array a chunk inside a shard. All ≥ 1.
    let chunkShape: [Int]
    let chunkKeys: ChunkKeys
    /// How a chunk becomes values.
    let codecs: CodecChain
    /// How chunks lie in shards; nil if each chunk is a value of its own.
    let shards: ShardLayout?

    /// What elements are read as.
    var sampleType: SampleType { element.sampleType }

    /// Bytes of one unpacked chunk, before its elements become samples.
    var chunkByteCount: Int { chunkShape.reduce(element.byteCount, *) }

    /// Samples from one index to the next along each dimension of a decoded chunk.
    var chunkStrides: [Int] { codecs.order.strides(chunkShape) }

    /// Chunks, or shards, along each dimension.
    var valueGrid: [Int] {
        let lengths = shards.map { zip(chunkShape, $0.chunksPerShard).map(*) } ?? chunkShape
        return zip(shape, lengths).map { ($0 - 1) / $1 + 1 }
    }

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
        ofChunk chunk: [Int], _ element: ElementType, limits: ImageLimits, _ value: MetadataValue
    ) throws(ImageError) {
        let byteCountMax = min(chunkByteCountMax, limits.heldBytesMax)
        var byteCount = element.byteCount
        for length in chunk {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
            guard !overflow, product <= byteCountMax else { throw value.unsupported("chunks of at most \(byteCountMax) bytes") }
            byteCount = product
        }
    }
}

extension ArrayMetadata {
    /// Reads the document `.zarray` of version 2.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for what is not read.
    init(v2 document: MetadataValue, limits: ImageLimits) throws(ImageError) {
        _ = try document.required("zarr_format", "2").integer(in: 2...2)
        shape = try Self.shape(try document.required("shape", "a list of lengths"))
        let type = try document.required("dtype", "a type")
        let (element, isBigEndian) = try Self.element(v2: type)
        self.element = element
        let chunks = try document.required("chunks", "a list of lengths")
        chunkShape = try Self.chunkShape(chunks, of: shape)
        try Self.checkByteCount(ofChunk: chunkShape, element, limits: limits, chunks)
        fill = try FillValue(try document.member("fill_value"), element)
        let isRowMajor = try document.required("order", "\"C\" or \"F\"").text(outOf: ["C", "F"]) == "C"
        if let filter = try document.member("filters")?.elements().first {
            throw (try filter.required("id", "the name of a filter")).unsupported("no filters")
        }
        let separator = try document.member("dimension_separator")?.text(outOf: [".", "/"])
        chunkKeys = ChunkKeys(hasPrefix: false, isNested: separator.map { $0 == "/" })
        var steps: [BytesCodec] = []
        if let compressor = try document.member("compressor") {
            let name = try compressor.required("id", "the name of a compressor")
            steps = [try BytesCodec(name, configuration: compressor, names: BytesCodec.namesOfV2)]
        }
        codecs = CodecChain(
            order: isRowMajor ? .rowMajor(shape.count) : .columnMajor(shape.count), isBigEndian: isBigEndian, steps: steps)
        shards = nil
    }

    private static func element(v2 type: MetadataValue) throws(ImageError) -> (ElementType, isBigEndian: Bool) {
        guard case .string(let text) = type.value, let element = ElementType(v2: text) else {
            throw type.unsupported(ElementType.namesRead)
        }
        return (element, text.hasPrefix(">"))
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
        let element = try Self.element(v3: try document.required("data_type", "a type"))
        self.element = element
        fill = try FillValue(try document.member("fill_value"), element)
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
        if let (sharding, order) = try Self.sharding(codecs, dimensions: shape.count) {
            let inner = try sharding.required("chunk_shape", "a list of lengths")
            chunkShape = order.ofArray(try Self.chunkShape(inner, of: shape))
            try Self.checkByteCount(ofChunk: chunkShape, element, limits: limits, inner)
            shards = try ShardLayout(sharding, shardShape: outerShape, chunkShape: chunkShape, order: order)
            self.codecs = try CodecChain(
                try sharding.required("codecs", "a list of codecs"), elementByteCount: element.byteCount, order: order)
        } else {
            chunkShape = outerShape
            try Self.checkByteCount(ofChunk: chunkShape, element, limits: limits, outer)
            shards = nil
            self.codecs = try CodecChain(codecs, elementByteCount: element.byteCount, order: .rowMajor(shape.count))
        }
    }

    private static func checkMembers(of document: MetadataValue) throws(ImageError) {
        for (name, value) in try document.members().sorted(by: { $0.key < $1.key }) where !membersKnown.contains(name) {
            if case .object(let members) = value, members["must_understand"] == .bool(false) { continue }
            throw .unsupported(
                path: document.path, reason: "expected the members of a Zarr v3 array, found \(JSONValue.string(name))")
        }
    }

    private static func element(v3 type: MetadataValue) throws(ImageError) -> ElementType {
        guard case .string(let text) = type.value, let element = ElementType(rawValue: text) else {
            throw type.unsupported(ElementType.namesRead)
        }
        return element
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

    /// The configuration of the sharding codec, and the order in which it gets the dimensions; nil if the array is not sharded.
    private static func sharding(
        _ codecs: MetadataValue, dimensions: Int
    ) throws(ImageError) -> (configuration: MetadataValue, DimensionOrder)? {
        let elements = try codecs.elements()
        for (index, element) in elements.enumerated() {
            let (name, configuration) = try element.named()
            guard name == "sharding_indexed" else { continue }
            var order = DimensionOrder.rowMajor(dimensions)
            for before in elements[..<index] { order = try order.transposed(by: before) }
            guard index == elements.count - 1 else { throw codecs.unsupported("no codecs after sharding_indexed") }
            guard let configuration else { throw element.wrong("a configuration of sharding_indexed") }
            return (configuration, order)
        }
        return nil
    }
}

/// How the keys of an array's chunks follow from their positions.
struct ChunkKeys: Equatable, Sendable {
    /// Whether keys start with `c` (version 3).
    let hasPrefix: Bool
    /// Whether the numbers are folders; otherwise dots separate them. Nil where the metadata do not say it: dots by the rule, but
    /// programs of the time of OME-Zarr 0.2 made folders.
    let isNested: Bool?

    /// The key of the chunk at `position`, below the array's own.
    ///
    /// - Precondition: all numbers ≥ 0, and at least one.
    func key(_ array: StoreKey, _ position: [Int], isNested: Bool) -> StoreKey {
        precondition(!position.isEmpty && position.allSatisfy { $0 >= 0 }, "chunk \(position)")
        let parts = (hasPrefix ? ["c"] : []) + position.map(String.init)
        if isNested { return parts.reduce(array) { $0.appending($1) } }
        return array.appending(parts.joined(separator: "."))
    }

    /// Whether `parts` of a key below the array's are those of a chunk in `grid`.
    func isKey(_ parts: [String], in grid: [Int]) -> Bool {
        let isNested = isNested ?? (parts.count > 1)
        guard isNested || parts.count == 1 else { return false }
        var numbers = isNested ? parts : parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if hasPrefix {
            guard numbers.first == "c" else { return false }
            numbers.removeFirst()
        }
        return numbers.count == grid.count
            && zip(numbers, grid).allSatisfy { text, count in
                Int(text).map { (0..<count).contains($0) && String($0) == text } ?? false
            }
    }

    /// Whether there may be keys of chunks in the folder with the key `parts` below the array's.
    func mayHoldKeys(_ parts: [String], dimensions: Int) -> Bool {
        guard isNested != false, parts.count < dimensions + (hasPrefix ? 1 : 0) else { return false }
        return parts.enumerated().allSatisfy { place, part in
            hasPrefix && place == 0 ? part == "c" : part.utf8.allSatisfy { (48...57).contains($0) }
        }
    }
}
