@testable import Compression
@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

struct PNGReadingTests {
    @Test(arguments: [1, 2, 4, 8, 16])
    func `grey of every depth is scaled as an image and kept as a label map`(bitDepth: Int) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: UInt64(bitDepth))
        let (width, height, maximum) = (13, 5, 1 << bitDepth - 1)
        let values = (0..<height).map { _ in (0..<width).map { _ in Int.random(in: 0...maximum, using: &random) } }
        let path = try folder.write(
            HandmadePNG.file(
                width: width, height: height, bitDepth: bitDepth, colourType: 0,
                rows: values.map { HandmadePNG.packed($0, bitDepth: bitDepth) }),
            to: "grey.png")

        let image = try ImageFile.readAll(path: path)
        let flat = values.flatMap(\.self)
        if bitDepth == 16 {
            #expect(image.sampleType == .uint16)
            #expect(image.bytes == flat.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        } else {
            #expect(image.sampleType == .uint8)
            #expect(image.bytes == flat.map { UInt8($0 * 255 / maximum) })
        }
        #expect(image.info == ImageInfo(width: width, height: height, channels: 1, sampleType: image.sampleType))
        #expect(try ImageFile.readAllLabels(path: path).labels == flat.map(UInt16.init))
    }

    @Test(arguments: [1, 2, 4, 8])
    func `a palette gives colours to an image and indices to a label map`(bitDepth: Int) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: UInt64(bitDepth))
        let palette = random.bytes(3 << bitDepth)
        let indices = (0..<9).map { _ in Int.random(in: 0..<1 << bitDepth, using: &random) }
        let path = try folder.write(
            HandmadePNG.file(
                width: 9, height: 1, bitDepth: bitDepth, colourType: 3,
                rows: [HandmadePNG.packed(indices, bitDepth: bitDepth)],
                extra: [HandmadePNG.chunk("PLTE", palette), HandmadePNG.chunk("tRNS", [0, 128])]),
            to: "palette.png")

        #expect(try ImageFile.readAll(path: path).bytes == indices.flatMap { palette[3 * $0..<3 * $0 + 3] })
        let reader = try ImageFile.openLabels(path: path)
        #expect(reader.palette.count == 1 << bitDepth)
        #expect(reader.palette[1] == RGBColour(red: palette[3], green: palette[4], blue: palette[5]))
        #expect(try ImageFile.readAllLabels(path: path).labels == indices.map(UInt16.init))
    }

    @Test(arguments: [(4, 8), (4, 16), (6, 8), (6, 16)])
    func `alpha is dropped and nothing is composited`(colourType: Int, bitDepth: Int) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 7)
        let samplesPerPixel = colourType == 4 ? 2 : 4
        let sampleByteCount = bitDepth / 8
        let rows = (0..<3).map { _ in random.bytes(5 * samplesPerPixel * sampleByteCount) }
        let path = try folder.write(
            HandmadePNG.file(width: 5, height: 3, bitDepth: bitDepth, colourType: colourType, rows: rows), to: "alpha.png")

        let image = try ImageFile.readAll(path: path)
        #expect(image.channels == samplesPerPixel - 1)
        let colours = rows.flatMap(\.self).enumerated()
            .filter { $0.offset / sampleByteCount % samplesPerPixel != samplesPerPixel - 1 }.map(\.element)
        let swapped = sampleByteCount == 1 ? colours : colours.indices.map { colours[$0 ^ 1] }
        #expect(image.bytes == swapped)
    }

    @Test func `a file cut off anywhere is an error`() throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 1)
        let whole = try HandmadePNG.file(
            width: 6, height: 6, bitDepth: 8, colourType: 2, rows: (0..<6).map { _ in random.bytes(18) })
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), to: "cut.png")
            #expect(throws: ImageError.self, "first \(length) of \(whole.count) bytes") { try ImageFile.readAll(path: path) }
        }
    }

    @Test func `a failed reader fails again in the same way`() throws {
        let folder = try ScratchFolder()
        let whole = try HandmadePNG.file(width: 2, height: 4, bitDepth: 8, colourType: 0, rows: [[1, 2], [3, 4]])
        let reader = try ImageFile.open(path: folder.write(whole, to: "short.png"))
        var rows = [UInt8](repeating: 0, count: 4)
        try rows.withUnsafeMutableBytes { try reader.read(2, into: $0) }
        #expect(rows == [1, 2, 3, 4])
        for _ in 0..<2 {
            #expect(throws: ImageError.corrupt(path: folder.path("short.png"), reason: "Not enough image data")) {
                try rows.withUnsafeMutableBytes { try reader.read(2, into: $0) }
            }
        }
    }

    @Test func `limits are checked before rows are decoded`() throws {
        let folder = try ScratchFolder()
        let header = HandmadePNG.header(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, bitDepth: 16, colourType: 6)
        let idat = HandmadePNG.chunk("IDAT", [0x78, 0x9C])
        let huge = try folder.write(HandmadePNG.signature + header + idat, to: "huge.png")
        #expect(throws: ImageError.self) { try ImageFile.open(path: huge) }

        let interlaced = HandmadePNG.header(width: 40_000, height: 40_000, bitDepth: 16, colourType: 2, isInterlaced: true)
        let path = try folder.write(HandmadePNG.signature + interlaced + idat, to: "interlaced.png")
        #expect(
            throws: ImageError.unsupported(
                path: path,
                reason: "an interlaced PNG must be decoded whole: expected at most 4294967296 bytes held, found 9600000000")
        ) { try ImageFile.open(path: path) }

        let small = try folder.write(
            HandmadePNG.file(width: 3, height: 2, bitDepth: 8, colourType: 0, rows: [[1, 2, 3], [4, 5, 6]]), to: "small.png")
        #expect(throws: ImageError.unsupported(path: small, reason: "expected at most 2×9 pixels, found 3×2")) {
            try ImageFile.open(path: small, limits: ImageLimits(widthMax: 2, heightMax: 9))
        }
        #expect(throws: ImageError.self) { try ImageFile.readAll(path: small, limits: ImageLimits(heldBytesMax: 5)) }
        #expect(try ImageFile.readAll(path: small, limits: ImageLimits(heldBytesMax: 6)).bytes == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a text chunk that unpacks to a gigabyte is not unpacked`() throws {
        let folder = try ScratchFolder()
        let bomb = try Array("k\0\0".utf8) + Zlib.compress([UInt8](repeating: 32, count: 1 << 24), level: 9)
        let path = try folder.write(
            HandmadePNG.file(
                width: 1, height: 1, bitDepth: 8, colourType: 0, rows: [[9]],
                extra: [HandmadePNG.chunk("zTXt", bomb), HandmadePNG.chunk("iCCP", bomb)]),
            to: "bomb.png")
        #expect(try ImageFile.readAll(path: path, limits: ImageLimits(chunkBytesMax: 1000)).bytes == [9])
    }
}
