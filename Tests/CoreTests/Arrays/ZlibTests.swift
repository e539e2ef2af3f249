@testable import Compression
@testable import Primitives
import Testing

struct ZlibTests {
    @Test(arguments: [0, 1, 2, 1000, 100_000], [0, 1, 9])
    func `blocks are unpacked to what was packed`(count: Int, level: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = random.bytes(count).map { $0 & 15 }
        let packed = try Zlib.compress(bytes, level: level)
        #expect(try Zlib.decompress(packed, expectedByteCount: count) == bytes)
        #expect(try Zlib.compress(bytes, level: level) == packed)
    }

    @Test func `another size than expected is refused, smaller or larger`() throws {
        let packed = try Zlib.compress([UInt8](repeating: 7, count: 5000))
        for expected in [0, 1, 4999, 5001, 1 << 20, 1 << 50, .max, -1] {
            #expect(throws: Zlib.sizeError(expected)) {
                try Zlib.decompress(packed, expectedByteCount: expected)
            }
        }
    }

    @Test func `a bomb is stopped at the expected size`() throws {
        let bomb = try Zlib.compress([UInt8](repeating: 0, count: 1 << 24), level: 9)
        #expect(throws: Zlib.sizeError(100)) { try Zlib.decompress(bomb, expectedByteCount: 100) }
    }

    @Test func `damage, a cut end and bytes after the end are refused`() throws {
        let bytes = (0..<999).map { UInt8($0 % 251) }
        let packed = try Zlib.compress(bytes)
        for length in 0..<packed.count {
            #expect(throws: CodecError.self, "first \(length) bytes") {
                try Zlib.decompress(Array(packed[..<length]), expectedByteCount: bytes.count)
            }
        }
        #expect(throws: CodecError("zlib data: expected the end of the block, found 2 bytes after it")) {
            try Zlib.decompress(packed + [0, 0], expectedByteCount: bytes.count)
        }
        for seed in 0..<500 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            _ = try? Zlib.decompress(random.mutated(packed), expectedByteCount: bytes.count)
        }
    }
}
