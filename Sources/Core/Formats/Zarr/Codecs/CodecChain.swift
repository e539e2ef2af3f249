internal import Compression
internal import Imaging

/// The steps by which the elements of a chunk become the bytes that are stored.
struct CodecChain: Equatable, Sendable {
    /// Whether elements of several bytes have their high byte first.
    let isBigEndian: Bool
    /// In the order of writing; at most one compressor, so that every size is known before it is unpacked.
    let steps: [BytesCodec]

    init(isBigEndian: Bool, steps: [BytesCodec]) {
        self.isBigEndian = isBigEndian
        self.steps = steps
    }

    /// Reads the `codecs` of Zarr v3.
    ///
    /// - Throws: `ImageError.unsupported` for codecs that are not read, `corrupt` for a list that is none of codecs.
    init(_ codecs: MetadataValue, _ sampleType: SampleType, dimensions: Int) throws(ImageError) {
        var isBigEndian: Bool?
        var steps: [BytesCodec] = []
        for element in try codecs.elements() {
            let (name, configuration) = try element.named()
            if isBigEndian != nil {
                let place = try element.member("name") ?? element
                steps.append(try BytesCodec(place, configuration: configuration, names: BytesCodec.namesOfV3))
            } else if name == "bytes" {
                let endian = try configuration?.member("endian")?.text(outOf: ["little", "big"])
                guard sampleType.byteCount == 1 || endian != nil else {
                    throw element.wrong("an endian of \"little\" or \"big\"")
                }
                isBigEndian = endian == "big"
            } else {
                try Self.checkTransposition(element, dimensions: dimensions)
            }
        }
        guard let isBigEndian else { throw codecs.wrong("the codec \"bytes\" among them") }
        guard steps.count(where: \.isCompressor) <= 1, steps.count <= 8 else {
            throw codecs.unsupported("at most one compressor")
        }
        self.init(isBigEndian: isBigEndian, steps: steps)
    }

    /// Refuses what may come before the codec `bytes`, unless it changes nothing.
    static func checkTransposition(_ element: MetadataValue, dimensions: Int) throws(ImageError) {
        let (name, configuration) = try element.named()
        guard name == "transpose" else { throw element.unsupported("the codec \"bytes\" before \(JSONValue.string(name))") }
        let identity = JSONValue.array((0..<dimensions).map(JSONValue.integer))
        guard let order = try configuration?.member("order"), order.value == identity || order.value == .string("C") else {
            throw element.unsupported("no transposition")
        }
    }

    /// The elements of a chunk: `byteCount` bytes, little-endian.
    ///
    /// - Throws: `CodecError` for damaged bytes and for any other size.
    func decode(_ stored: [UInt8], _ sampleType: SampleType, byteCount: Int) throws(CodecError) -> [UInt8] {
        var bytes = stored
        // Before the compressor only checksums come, and after it the size is known as it is found.
        for (index, step) in steps.enumerated().reversed() {
            let expected = byteCount + CRC32C.byteCount * index
            bytes = step.isCompressor ? try step.decode(bytes, byteCount: expected) : try CRC32C.stripped(bytes)
        }
        guard bytes.count == byteCount else { throw CodecError("chunk: expected \(byteCount) bytes, found \(bytes.count)") }
        if isBigEndian {
            switch sampleType.byteCount {
            case 1: break
            case 2: for index in stride(from: 0, to: byteCount - 1, by: 2) { bytes.swapAt(index, index + 1) }
            default:
                for index in stride(from: 0, to: byteCount - 3, by: 4) {
                    bytes.swapAt(index, index + 3)
                    bytes.swapAt(index + 1, index + 2)
                }
            }
        }
        return bytes
    }
}
