@testable import Compression
@testable import Formats
import Foundation
@testable import Primitives
import Testing

/// Chunks that the compressors themselves have written, good and damaged.
struct CompressedChunkTests {
    struct Chunk: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let codec: BytesCodec
        let stored: [UInt8]

        init(_ name: String, _ codec: BytesCodec, _ hex: String) {
            let digits = Array(hex.utf8)
            testDescription = name
            self.codec = codec
            stored = stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            }
        }
    }

    /// Element i is i / 8 % 7 · 300: 512 elements of two bytes, written by numcodecs 0.16.6.
    static let chunks = [
        Chunk(
            "blosc, lz4, bytes shuffled", .blosc,
            "020121020004000000040000a0000000140000004200000013000100132c0100135801001384010013b0010013dc0100130801000337"
                + "0013003700132c3700135837001384370013b0370013dc37000f3800ff7a500000000000420000001300010013010100130201001303"
                + "01001304010013050100130701000337001300370013013700130237001303370013043700130537000f3800ff7a500000000000"),
        Chunk(
            "blosc, lz4hc, bits shuffled", .blosc,
            "0201240200040000000400007800000014000000360000001f0001006d11ff02000f0700263100ffff04000f0700250149000f07002b"
                + "1f000700290e3a000f41001f2fffff07002250ffffff0000260000002000ff02001fff070026110005001fff0700270142001fff0700"
                + "260f0100ff29500000000000"),
        Chunk(
            "blosc, zlib", .blosc,
            "0201610200040000000400005c0000001400000020000000785e636080001d288880821628d8000577a080030a1846f50d0b7d002665"
                + "bbe120000000785e6360800046286082026628608102562860870286517dc3421f0008720631"),
        Chunk(
            "blosc, zstd", .blosc,
            "02019402000400000004000056000000140000003e00000028b52ffd600003a50100500000ff00ffff00ffffff108050af033bb86aa2"
                + "911c0ec2e5164e99061b545210014d8064204c68151cdd09ad72c809e4296801"),
        Chunk(
            "blosc, blosclz", .blosc,
            "020101020004000000040000a600000014000000450000002800000000000000002ca0000058a0000084a00000b0a00000dca0000008"
                + "a0000000a000a036002ca0360058a0360084a03600b0a03600dca0360008a036e0ff7f6f0100004500000028000000000000000001a0"
                + "000002a0000003a0000004a0000005a0000007a0000000a000a0360001a0360002a0360003a0360004a0360005a0360007a036e0ff7f"
                + "6f010000"),
        Chunk(
            "zstd", .zstd,
            "28b52ffd6000032d010070002c0158028403b004dc05080700098050d0077de75081eb801cc8810c64409e93a57326"),
    ]

    private static let elements = (0..<512).flatMap { index in Bytes.little(UInt16(index / 8 % 7 * 300)) }

    @Test(arguments: chunks)
    func `a chunk has the elements that were written`(chunk: Chunk) throws {
        #expect(try chunk.codec.decode(chunk.stored, byteCount: 1024) == Self.elements)
        for byteCount in [1, 512, 1023, 1025, 1 << 28] {
            #expect(throws: CodecError.self) { try chunk.codec.decode(chunk.stored, byteCount: byteCount) }
        }
        for count in 0..<chunk.stored.count {
            #expect(throws: CodecError.self) { try chunk.codec.decode(Array(chunk.stored[..<count]), byteCount: 1024) }
        }
    }

    @Test(arguments: chunks)
    func `damaged chunks never crash`(chunk: Chunk) throws {
        // More rounds for a search: COPPICE_CHUNK_SEEDS.
        let rounds = ProcessInfo.processInfo.environment["COPPICE_CHUNK_SEEDS"].flatMap(UInt64.init) ?? 5000
        for seed in 0..<rounds {
            var random = SplitMix64(seed: seed)
            let stored = random.mutated(chunk.stored)
            do throws(CodecError) {
                #expect(try chunk.codec.decode(stored, byteCount: 1024).count == 1024, "seed \(seed)")
            } catch {
                #expect(!error.description.contains("\n"), "seed \(seed)")
            }
        }
    }
}
