internal import Imaging

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
