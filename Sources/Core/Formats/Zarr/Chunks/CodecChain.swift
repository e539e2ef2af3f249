internal import Compression
internal import Imaging

/// The steps by which the elements of a chunk become the bytes that are stored.
struct CodecChain: Equatable, Sendable {
    /// Which dimension of the chunk each dimension of the stored elements is, from the one that changes slowest on.
    let order: DimensionOrder
    /// Whether elements of several bytes have their high byte first.
    let isBigEndian: Bool
    /// In the order of writing; at most one compressor, so that every size is known before it is unpacked.
    let steps: [BytesCodec]

    init(order: DimensionOrder, isBigEndian: Bool, steps: [BytesCodec]) {
        self.order = order
        self.isBigEndian = isBigEndian
        self.steps = steps
    }

    /// Reads the `codecs` of Zarr v3.
    ///
    /// - Parameters:
    ///   - elementByteCount: of what the chain is given; elements of one byte need no order of bytes.
    ///   - order: in which the dimensions come to the chain.
    /// - Throws: `ImageError.unsupported` for codecs that are not read, `corrupt` for a list that is none of codecs.
    init(_ codecs: MetadataValue, elementByteCount: Int, order: DimensionOrder) throws(ImageError) {
        var order = order
        var isBigEndian: Bool?
        var steps: [BytesCodec] = []
        for element in try codecs.elements() {
            let (name, configuration) = try element.named()
            if isBigEndian != nil {
                let place = try element.member("name") ?? element
                steps.append(try BytesCodec(place, configuration: configuration, names: BytesCodec.namesOfV3))
            } else if name == "bytes" {
                let endian = try configuration?.member("endian")?.text(outOf: ["little", "big"])
                guard elementByteCount == 1 || endian != nil else {
                    throw element.wrong("an endian of \"little\" or \"big\"")
                }
                isBigEndian = endian == "big"
            } else {
                order = try order.transposed(by: element)
            }
        }
        guard let isBigEndian else { throw codecs.wrong("the codec \"bytes\" among them") }
        guard steps.count(where: \.isCompressor) <= 1, steps.count <= 8 else {
            throw codecs.unsupported("at most one compressor")
        }
        self.init(order: order, isBigEndian: isBigEndian, steps: steps)
    }

    /// The `byteCount` bytes of a chunk's elements, in the order and with the order of bytes that they are stored in.
    ///
    /// - Throws: `CodecError` for damaged bytes and for any other size.
    func decode(_ stored: [UInt8], byteCount: Int) throws(CodecError) -> [UInt8] {
        var bytes = stored
        // Before the compressor only checksums come, and after it the size is known as it is found.
        for (index, step) in steps.enumerated().reversed() {
            let expected = byteCount + CRC32C.byteCount * index
            bytes = step.isCompressor ? try step.decode(bytes, byteCount: expected) : try CRC32C.stripped(bytes)
        }
        guard bytes.count == byteCount else { throw CodecError("chunk: expected \(byteCount) bytes, found \(bytes.count)") }
        return bytes
    }
}

/// Which dimension of an array each dimension of its stored chunks is, from the one that changes slowest on: a permutation.
struct DimensionOrder: Equatable, Sendable {
    let dimensions: [Int]

    /// The array's own order, whose last dimension changes fastest: `C` of Zarr v2.
    static func rowMajor(_ count: Int) -> DimensionOrder { DimensionOrder(dimensions: Array(0..<count)) }

    /// The first dimension changes fastest: `F` of Zarr v2.
    static func columnMajor(_ count: Int) -> DimensionOrder { DimensionOrder(dimensions: (0..<count).reversed()) }

    /// The order after a codec that comes before `bytes`, of which `transpose` is read.
    ///
    /// - Throws: `ImageError`: `unsupported` for another codec, `corrupt` for an order that is none.
    func transposed(by codec: MetadataValue) throws(ImageError) -> DimensionOrder {
        let (name, configuration) = try codec.named()
        guard name == "transpose" else {
            let isBytesCodec = BytesCodec.namesOfV3[name] != nil
            throw isBytesCodec
                ? codec.unsupported("the codec \"bytes\" before \(JSONValue.string(name))")
                : (try codec.member("name") ?? codec).unsupported("\"transpose\" or \"bytes\"")
        }
        guard let order = try configuration?.member("order") else { throw codec.wrong("a transposition with its order") }
        switch order.value {
        case .string("C"): return self
        case .string("F"): return DimensionOrder(dimensions: dimensions.reversed())
        default:
            let places = try order.integers(in: 0...dimensions.count - 1)
            guard places.count == dimensions.count, Set(places).count == places.count else {
                throw order.wrong("each of 0 to \(dimensions.count - 1) once")
            }
            return DimensionOrder(dimensions: places.map { dimensions[$0] })
        }
    }

    /// Elements from one index to the next along each dimension of a chunk of this shape.
    func strides(_ chunkShape: [Int]) -> [Int] {
        var strides = chunkShape
        var stride = 1
        for dimension in dimensions.reversed() {
            strides[dimension] = stride
            stride *= chunkShape[dimension]
        }
        return strides
    }

    /// Lengths that are listed in this order, in that of the array.
    func ofArray(_ stored: [Int]) -> [Int] {
        var lengths = stored
        for (place, dimension) in dimensions.enumerated() { lengths[dimension] = stored[place] }
        return lengths
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

    /// The codecs of Zarr v3 and of its register; the last four are written by zarr-python for those of Zarr v2.
    static let namesOfV3: [String: BytesCodec] = [
        "zlib": .zlib, "gzip": .gzip, "zstd": .zstd, "blosc": .blosc, "crc32c": .crc32c,
        "numcodecs.blosc": .blosc, "numcodecs.gzip": .gzip, "numcodecs.zlib": .zlib, "numcodecs.zstd": .zstd,
    ]

    /// - Parameters:
    ///   - name: a member that holds the codec's name.
    ///   - configuration: what it was written with.
    /// - Throws: `ImageError.unsupported` for other codecs, and for other compressors inside Blosc.
    init(_ name: MetadataValue, configuration: MetadataValue?, names: [String: BytesCodec]) throws(ImageError) {
        guard let codec = names[try name.text()] else {
            throw name.unsupported("one of the codecs \(names.keys.sorted().joined(separator: ", "))")
        }
        if codec == .blosc, let inner = try configuration?.member("cname") {
            _ = try inner.text(outOf: Blosc.compressors)
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
