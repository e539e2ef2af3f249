internal import Compression
internal import Imaging

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
