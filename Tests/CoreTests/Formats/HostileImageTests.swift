@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

/// Damaged files must end in pixels or in an `ImageError`, never in a crash, a hang or memory beyond the limits.
struct HostileImageTests {
    private static let limits = ImageLimits(widthMax: 5000, heightMax: 5000, heldBytesMax: 1 << 24, scanCountMax: 20)

    private static func seeds() throws -> [[UInt8]] {
        var random = SplitMix64(seed: 11)
        let palette = HandmadePNG.chunk("PLTE", random.bytes(12))
        let transparent = HandmadePNG.chunk("tRNS", [0, 9])
        var codestream = HandmadeTIFF.Image(16, 16, samplesPerPixel: 3, seed: 0)
        (codestream.compression, codestream.tileSide, codestream.packed) = (33003, 16, [HandmadeJPEG2000.thinned8])
        return try [
            HandmadePNG.file(width: 7, height: 3, bitDepth: 8, colourType: 2, rows: (0..<3).map { _ in random.bytes(21) }),
            HandmadePNG.file(width: 9, height: 2, bitDepth: 4, colourType: 0, rows: (0..<2).map { _ in random.bytes(5) }),
            HandmadePNG.file(width: 4, height: 2, bitDepth: 16, colourType: 6, rows: (0..<2).map { _ in random.bytes(32) }),
            HandmadePNG.file(
                width: 6, height: 2, bitDepth: 2, colourType: 3, rows: (0..<2).map { _ in random.bytes(2) },
                extra: [palette, transparent]),
            HandmadeJPEG.grey, HandmadeJPEG.colour, HandmadeJPEG.progressive, HandmadeJPEG.cmyk, HandmadeJPEG2000.tiled8,
            HandmadeJPEG2000.boxedRGBA, HandmadeTIFF.file([codestream]),
        ]
    }

    @Test func `mutated files never crash`() throws {
        let folder = try ScratchFolder()
        let seeds = try Self.seeds()
        var decodedCount = 0
        for seed in 0..<6000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var file = random.mutated(seeds[Int(seed) % seeds.count])
            if seed.isMultiple(of: 3) { file = Self.withRightChecksums(file) }
            let path = try folder.write(file, to: "mutated")
            for asLabels in [false, true] {
                do throws(ImageError) {
                    try Self.read(path, asLabels: asLabels)
                    decodedCount += 1
                } catch {
                    #expect(!error.description.contains("\n"), "seed \(seed)")
                }
            }
        }
        #expect(decodedCount > 100)
    }

    private static func read(_ path: String, asLabels: Bool) throws(ImageError) {
        if asLabels {
            _ = try ImageFile.readAllLabels(path: path, limits: limits)
        } else {
            _ = try ImageFile.readAll(path: path, limits: limits)
        }
    }

    /// The file with the CRC of every whole PNG chunk put right, so that damage gets past the first check.
    private static func withRightChecksums(_ file: [UInt8]) -> [UInt8] {
        var file = file
        var at = 8
        while at + 12 <= file.count {
            let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            guard at + 12 + length <= file.count else { break }
            let checksum = HandmadePNG.crc32(Array(file[at + 4..<at + 8 + length]))
            file.replaceSubrange(at + 8 + length..<at + 12 + length, with: HandmadePNG.bigEndian(Int(checksum)))
            at += 12 + length
        }
        return file
    }
}
