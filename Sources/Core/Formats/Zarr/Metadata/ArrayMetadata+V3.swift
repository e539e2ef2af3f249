internal import Imaging

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
