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

/// A codec that turns bytes into bytes: a compressor or a checksum.
enum BytesCodec: Hashable, Sendable {
    case zlib
    case gzip
    case zstd
    case blosc
    case crc32c

    /// The codecs that Zarr v2 names as compressors.
    static let namesOfV2: [String: BytesCodec] = ["zlib": .zlib, "gzip": .gzip, "zstd": .zstd, "blosc": .blosc]

    /// The codecs of Zarr v3 and of its register; the last two are written by zarr-python for those of Zarr v2.
    static let namesOfV3: [String: BytesCodec] = [
        "zlib": .zlib, "gzip": .gzip, "zstd": .zstd, "blosc": .blosc, "crc32c": .crc32c,
        "numcodecs.zlib": .zlib, "numcodecs.zstd": .zstd,
    ]

    /// What Blosc calls the compressors that are read.
    private static let compressorsOfBlosc = ["lz4", "lz4hc", "zlib", "zstd", "blosclz"]

    /// - Parameters:
    ///   - name: a member that holds the codec's name.
    ///   - configuration: what it was written with.
    /// - Throws: `ImageError.unsupported` for other codecs, and for other compressors inside Blosc.
    init(_ name: MetadataValue, configuration: MetadataValue?, names: [String: BytesCodec]) throws(ImageError) {
        guard let codec = names[try name.text()] else {
            throw name.unsupported("one of the codecs \(names.keys.sorted().joined(separator: ", "))")
        }
        if codec == .blosc, let inner = try configuration?.member("cname") {
            _ = try inner.text(outOf: Self.compressorsOfBlosc)
        }
        self = codec
    }

    /// Whether the size of what is stored does not tell the size of what it stands for.
    var isCompressor: Bool { self != .crc32c }

    /// The `byteCount` bytes that `stored` stands for. Nothing is allocated for a size that `stored` itself contradicts.
    ///
    /// - Throws: `CodecError` for damaged bytes and for any other size.
    func decode(_ stored: [UInt8], byteCount: Int) throws(CodecError) -> [UInt8] {
        switch self {
        case .zlib: return try Zlib.decompress(stored, expectedByteCount: byteCount)
        case .gzip: return try Zlib.decompressGzip(stored, expectedByteCount: byteCount)
        case .zstd: return try Zstd.decompress(stored, expectedByteCount: byteCount)
        case .blosc: return try Blosc.decompress(stored, expectedByteCount: byteCount)
        case .crc32c:
            let bytes = try CRC32C.stripped(stored)
            guard bytes.count == byteCount else {
                throw CodecError("expected \(byteCount) bytes before the checksum, found \(bytes.count)")
            }
            return bytes
        }
    }
}

/// The checksum CRC-32C (Castagnoli; RFC 3720, section 12.1), stored little-endian after the bytes that it covers.
enum CRC32C {
    static let byteCount = 4

    /// The polynomial 0x1EDC6F41 with its bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// The remainders of all bytes.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 1 ? polynomial : 0) }
    }

    /// - Complexity: O(n).
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { remainder, byte in remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] }
        }
    }

    /// The bytes before the checksum.
    ///
    /// - Throws: `CodecError` unless they end with their checksum.
    static func stripped(_ bytes: [UInt8]) throws(CodecError) -> [UInt8] {
        guard bytes.count >= byteCount else { throw CodecError("expected a checksum of 4 bytes, found \(bytes.count) bytes") }
        let (expected, found) = bytes.withUnsafeBytes { bytes in
            (
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - byteCount, as: UInt32.self)),
                checksum(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - byteCount)]))
            )
        }
        guard expected == found else {
            throw CodecError("expected the checksum \(String(expected, radix: 16)), found \(String(found, radix: 16))")
        }
        return Array(bytes.dropLast(byteCount))
    }
}
