@testable import Formats
@testable import Imaging
import Testing

/// JPEG 2000 in TIFF files, and in files of its own.
struct JPEG2000Tests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func write(_ image: HandmadeTIFF.Image) throws -> String {
        try scratch.write(HandmadeTIFF.file([image]), to: "image.tif")
    }

    /// A TIFF whose chunks are codestreams.
    private static func image(
        _ packed: [[UInt8]], width: Int = 16, height: Int = 16, samples: Int = 1, bits: Int = 8, compression: Int = 34712,
        tileSide: Int? = 16
    ) -> HandmadeTIFF.Image {
        var image = HandmadeTIFF.Image(width, height, samplesPerPixel: samples, seed: 0)
        (image.packed, image.bitsPerSample, image.compression, image.tileSide) = (packed, bits, compression, tileSide)
        return image
    }

    /// `[row][column][component]` of a golden image.
    private static func values(
        _ width: Int = 16, _ height: Int = 16, components: Int = 1, bits: Int = 8, isSigned: Bool = false
    ) -> [Int] {
        (0..<height).flatMap { y in
            (0..<width).flatMap { x in
                (0..<components).map { HandmadeJPEG2000.value(x, y, $0, bits: bits, isSigned: isSigned) }
            }
        }
    }

    private static func values(_ pixels: PixelBuffer) -> [Int] {
        (0..<pixels.width * pixels.height * pixels.channels).map { Int(pixels.value(at: $0)) }
    }

    /// Colours of golden luminance and differences that were thinned out, from `(x, y)` of the grid on: JFIF's equations in floats.
    private static func colours(
        _ width: Int, _ height: Int, x: Int = 0, y: Int = 0, stepX: Int = 2, stepY: Int = 2
    ) -> [Int] {
        func thinned(_ place: Int, _ start: Int, _ step: Int) -> Int {
            max(0, (start + place) / step - (start + step - 1) / step)
        }
        return (0..<height).flatMap { row in
            (0..<width).flatMap { column -> [Int] in
                let luminance = Double(HandmadeJPEG2000.value(column, row))
                let (left, top) = (thinned(column, x, stepX), thinned(row, y, stepY))
                let blue = Double(HandmadeJPEG2000.value(left, top, 1)) - 128
                let red = Double(HandmadeJPEG2000.value(left, top, 2)) - 128
                return [luminance + 1.402 * red, luminance - 0.344136 * blue - 0.714136 * red, luminance + 1.772 * blue].map {
                    min(max(Int(($0).rounded()), 0), 255)
                }
            }
        }
    }

    // MARK: - In TIFF

    @Test(arguments: [33003, 33004, 33005, 34712])
    func `tiles without losses are exact, whatever the number of the compression`(_ compression: Int) throws {
        let path = try write(Self.image([HandmadeJPEG2000.grey8], compression: compression))
        #expect(try Self.values(ImageFile.readAll(path: path)) == Self.values())
        #expect(try ImageFile.readAllLabels(path: path).labels == Self.values().map(UInt16.init))
    }

    @Test func `values of 16, 12 and 1 bits and signed ones are exact`() throws {
        let deep = try ImageFile.readAll(path: write(Self.image([HandmadeJPEG2000.grey16], bits: 16)))
        #expect(deep.sampleType == .uint16)
        #expect(Self.values(deep) == Self.values(bits: 16))
        var image = Self.image([HandmadeJPEG2000.signed16], bits: 16)
        image.sampleFormat = 2
        let signed = try ImageFile.readAll(path: write(image))
        #expect(signed.sampleType == .int16)
        #expect(Self.values(signed) == Self.values(bits: 16, isSigned: true))
        for bits in [12, 16] {
            let twelve = try ImageFile.readAll(path: write(Self.image([HandmadeJPEG2000.grey12], bits: bits)))
            #expect(twelve.sampleType == .uint16)
            #expect(Self.values(twelve) == Self.values(bits: 12))
        }
        let path = try write(Self.image([HandmadeJPEG2000.bit], bits: 1))
        #expect(try Self.values(ImageFile.readAll(path: path)) == Self.values(bits: 1).map { 255 * $0 })
        #expect(try ImageFile.readAllLabels(path: path).labels == Self.values(bits: 1).map(UInt16.init))
    }

    @Test func `several components are channels, and some of them may be chosen`() throws {
        for codestream in [HandmadeJPEG2000.plain8, HandmadeJPEG2000.transformed8] {
            let path = try write(Self.image([codestream], samples: 3))
            #expect(try Self.values(ImageFile.readAll(path: path)) == Self.values(components: 3))
            let blue = try ImageFile.readAll(path: path, ImageSelection(channels: [2]))
            #expect(Self.values(blue) == Self.values(components: 3).enumerated().filter { $0.offset % 3 == 2 }.map(\.element))
        }
        let path = try write(Self.image([HandmadeJPEG2000.two8], samples: 2))
        #expect(try Self.values(ImageFile.readAll(path: path)) == Self.values(components: 2))
    }

    @Test func `planes and strips are put together`() throws {
        var image = Self.image([HandmadeJPEG2000.grey8, HandmadeJPEG2000.bit], samples: 2)
        image.isPlanar = true
        let (grey, bit) = (Self.values(), Self.values(bits: 1))
        #expect(try Self.values(ImageFile.readAll(path: write(image))) == grey.indices.flatMap { [grey[$0], bit[$0]] })

        var strips = Self.image([HandmadeJPEG2000.grey8, HandmadeJPEG2000.bit], height: 32, tileSide: nil)
        strips.rowsPerStrip = 16
        #expect(try Self.values(ImageFile.readAll(path: write(strips))) == grey + bit)
    }

    @Test func `tiles at the border are cut`() throws {
        let path = try write(Self.image([HandmadeJPEG2000.grey8, HandmadeJPEG2000.bit], width: 27, height: 11))
        let pixels = try ImageFile.readAll(path: path)
        for y in 0..<11 {
            for x in 0..<27 {
                let expected = x < 16 ? HandmadeJPEG2000.value(x, y) : HandmadeJPEG2000.value(x - 16, y, bits: 1)
                #expect(Int(pixels.value(at: 27 * y + x)) == expected, "(\(x), \(y))")
            }
        }
        let source = try ImageFile.source(path: path)
        guard case .windows(let reader) = source else {
            Issue.record("expected windows")
            return
        }
        let window = PixelRect(x: 14, y: 3, width: 5, height: 6)
        #expect(try reader.read(window) == pixels.cropped(to: window))
    }

    @Test(arguments: [33003, 34712])
    func `luminance and colour differences become colours`(_ compression: Int) throws {
        // Aperio's number says it; of others the photometric interpretation, or that the differences are thinned out.
        let path = try write(Self.image([HandmadeJPEG2000.thinned8], samples: 3, compression: compression))
        #expect(try Self.values(ImageFile.readAll(path: path)) == Self.colours(16, 16))
        #expect(try ImageFile.contents(path: path).notes.map(\.text).contains { $0.hasPrefix("its JPEG 2000 holds YCbCr") })
        var whole = Self.image([HandmadeJPEG2000.plain8], samples: 3, compression: compression)
        whole.photometric = 6
        #expect(try Self.values(ImageFile.readAll(path: write(whole))) == Self.colours(16, 16, stepX: 1, stepY: 1))
        // The codestream itself turns its components into colours.
        var transformed = Self.image([HandmadeJPEG2000.transformed8], samples: 3, compression: compression)
        transformed.photometric = 6
        let colours = try write(transformed)
        #expect(try Self.values(ImageFile.readAll(path: colours)) == Self.values(components: 3))
        #expect(try ImageFile.contents(path: colours).notes.isEmpty)
    }

    @Test func `a codestream of tiles that begins elsewhere on its grid is read`() throws {
        let path = try write(Self.image([HandmadeJPEG2000.tiled8], width: 21, height: 14, tileSide: nil))
        #expect(try Self.values(ImageFile.readAll(path: path)) == Self.values(21, 14))
        let thinned = Self.image([HandmadeJPEG2000.thinnedTiled8], width: 21, height: 14, samples: 3, tileSide: nil)
        #expect(try Self.values(ImageFile.readAll(path: write(thinned))) == Self.colours(21, 14, x: 3, y: 5))
    }

    @Test func `a strip that takes much memory is decoded in parts with the same pixels`() throws {
        let limits = ImageLimits(heldBytesMax: 3000)
        let path = try write(Self.image([HandmadeJPEG2000.tiled8], width: 21, height: 14, tileSide: nil))
        #expect(try Self.values(ImageFile.readAll(path: path, limits: limits)) == Self.values(21, 14))
        let thinned = Self.image([HandmadeJPEG2000.thinnedTiled8], width: 21, height: 14, samples: 3, tileSide: nil)
        #expect(
            try Self.values(ImageFile.readAll(path: write(thinned), limits: limits)) == Self.colours(21, 14, x: 3, y: 5))
    }

    @Test func `a codestream that contradicts its directory is an error that says how`() throws {
        let cases: [(HandmadeTIFF.Image, String)] = [
            (
                Self.image([HandmadeJPEG2000.two8]),
                "tile 0: expected 1 components, as the directory says, found a codestream of 2"
            ),
            (
                Self.image([HandmadeJPEG2000.grey16]),
                "tile 0: expected unsigned integers of 8 bits, as the directory says, found a codestream of unsigned integers of 16 bits"
            ),
            (
                Self.image([HandmadeJPEG2000.signed16], bits: 16),
                "tile 0: expected unsigned integers of 16 bits, as the directory says, found a codestream of signed integers of 16 bits"
            ),
            (
                Self.image([HandmadeJPEG2000.tiled8]),
                "tile 0: expected 16×16 pixels, as the directory says, found a codestream of 21×14"
            ),
            (
                Self.image([HandmadeJPEG2000.grey8], width: 32, height: 32, tileSide: 32),
                "tile 0: expected 32×32 pixels, as the directory says, found a codestream of 16×16"
            ),
        ]
        for (image, reason) in cases {
            let path = try write(image)
            let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
            #expect(error == .corrupt(path: path, reason: reason))
        }
        let path = try write(Self.image([Array("JPEG 2000 it is not.".utf8)]))
        let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        #expect(error == .unsupported(path: path, reason: "tile 0: expected a JPEG 2000 codestream, found other data"))
    }

    // MARK: - Damage

    @Test(arguments: [HandmadeJPEG2000.grey8, HandmadeJPEG2000.tiled8, HandmadeJPEG2000.boxedRGBA])
    func `a codestream that is cut off anywhere is an error`(_ whole: [UInt8]) throws {
        // The last two bytes only mark the end.
        for count in stride(from: 16, to: whole.count - 2, by: 3) {
            let path = try scratch.write(Array(whole[..<count]), to: "cut.jp2")
            let error = #expect(throws: ImageError.self, "\(count) bytes") { try ImageFile.readAll(path: path) }
            guard case .corrupt = error else {
                Issue.record("\(count) bytes: \(String(describing: error))")
                continue
            }
        }
        let path = try scratch.write(Array(whole.dropLast(2)), to: "cut.jp2")
        let complete = try scratch.write(whole, to: "whole.jp2")
        #expect(try ImageFile.readAll(path: path) == ImageFile.readAll(path: complete))
    }

    @Test func `a codestream that asks for too much is refused before anything is decoded`() throws {
        // Offsets of the size, the tiles' size, the number of components, layers, resolutions and code blocks in `grey8`.
        func changed(_ at: Int, _ bytes: [UInt8]) -> [UInt8] {
            var codestream = HandmadeJPEG2000.grey8
            codestream.replaceSubrange(at..<at + bytes.count, with: bytes)
            return codestream
        }
        let style = try #require(
            HandmadeJPEG2000.grey8.indices.first { HandmadeJPEG2000.grey8[$0...].starts(with: [0xFF, 0x52]) })
        let cases: [([UInt8], String)] = [
            (changed(8, [0x7F, 0xFF, 0xFF, 0xFF]), "expected at most 65535 tiles"),
            (changed(8, [0xFF, 0xFF, 0xFF, 0xFF]), "expected pixels, found columns 0..<4294967295"),
            (changed(24, [0, 0, 0, 0]), "expected tiles from its first pixel on"),
            (changed(40, [0xFF, 0xFF]), "expected components in 41 bytes, found 65535"),
            (changed(42, [0x24]), "expected values of 1 to 31 bits, found 37"),
            (changed(43, [0]), "expected samples of component 0, found none"),
            (changed(style + 9, [33]), "expected how values are coded"),
            (changed(style + 10, [9]), "expected how values are coded"),
        ]
        for (codestream, reason) in cases {
            let path = try scratch.write(codestream, to: "hostile.j2k")
            let error = #expect(throws: ImageError.self, "\(reason)") { try ImageFile.readAll(path: path) }
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        }
        // A wide image of packets of one pixel each.
        var precincts = HandmadeJPEG2000.grey8
        precincts.replaceSubrange(8..<16, with: [0, 0, 0x10, 0, 0, 0, 0x10, 0])
        precincts.replaceSubrange(24..<32, with: [0, 0, 0x10, 0, 0, 0, 0x10, 0])
        precincts.replaceSubrange(style + 2..<style + 5, with: [0, 13, 1])
        precincts.replaceSubrange(style + 9..<style + 10, with: [0])
        precincts.insert(0, at: style + 14)
        let path = try scratch.write(precincts, to: "hostile.j2k")
        let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        #expect(
            error?.description.contains("expected larger code blocks and fewer packets") == true, "\(String(describing: error))")
    }

    // MARK: - Files of their own

    @Test func `files are read with their channels, without alpha`() throws {
        let cases: [([UInt8], PixelBuffer)] = [
            (HandmadeJPEG2000.grey8, Self.buffer(.uint8, 1, Self.values())),
            (HandmadeJPEG2000.bit, Self.buffer(.uint8, 1, Self.values(bits: 1).map { 255 * $0 })),
            (HandmadeJPEG2000.grey16, Self.buffer(.uint16, 1, Self.values(bits: 16))),
            (HandmadeJPEG2000.signed16, Self.buffer(.int16, 1, Self.values(bits: 16, isSigned: true))),
            (HandmadeJPEG2000.thinned8, Self.buffer(.uint8, 3, Self.colours(16, 16))),
            (HandmadeJPEG2000.boxedYCC, Self.buffer(.uint8, 3, Self.colours(16, 16, stepY: 1))),
            (
                HandmadeJPEG2000.boxedRGBA,
                Self.buffer(.uint8, 3, Self.values(components: 4).enumerated().filter { $0.offset % 4 < 3 }.map(\.element))
            ),
        ]
        for (index, (bytes, expected)) in cases.enumerated() {
            let path = try scratch.write(bytes, to: "image\(index)")
            #expect(try ImageFile.readAll(path: path) == expected, "image \(index)")
            #expect(try ImageFile.contents(path: path).channels == expected.channels)
        }
        let path = try scratch.write(HandmadeJPEG2000.boxedRGBA, to: "alpha")
        #expect(try ImageFile.contents(path: path).notes.map(\.kind) == [.alpha])
    }

    @Test func `the file says which components are colours, and alpha is a mask where it is asked for`() throws {
        // The first component becomes alpha, the last one red.
        let original = HandmadeJPEG2000.boxedRGBA
        let roles = try #require(original.indices.first { original[$0...].starts(with: "cdef".utf8) }) + 6
        var bytes = original
        for (place, value) in [(3, 1), (5, 0), (18 + 3, 0), (18 + 5, 1)] as [(Int, UInt8)] { bytes[roles + place] = value }
        let path = try scratch.write(bytes, to: "alpha.jp2")
        let all = Self.values(components: 4)
        let colours = (0..<256).flatMap { pixel in [3, 1, 2].map { all[4 * pixel + $0] } }
        let alpha = (0..<256).map { all[4 * $0] }
        #expect(try Self.values(ImageFile.readAll(path: path)) == colours)
        let masked = try ImageFile.readAll(path: path, ImageSelection(masksByAlpha: true))
        #expect(masked.validity == alpha.map { $0 == 0 ? 0 : 1 })
        #expect(alpha.contains(0) && masked.channels == 3)
        let green = try ImageFile.readAll(path: path, ImageSelection(channels: [1], masksByAlpha: true))
        #expect(green.channels == 1 && green.validity == masked.validity)
    }

    @Test func `label maps are read from codestreams without losses`() throws {
        let path = try scratch.write(HandmadeJPEG2000.bit, to: "labels.j2k")
        #expect(try ImageFile.readAllLabels(path: path).labels == Self.values(bits: 1).map(UInt16.init))
        let lossy = try scratch.write(HandmadeJPEG2000.lossy8, to: "lossy.j2k")
        let error = #expect(throws: ImageError.self) { try ImageFile.readAllLabels(path: lossy) }
        #expect(
            error == .unsupported(path: lossy, reason: "expected a label map that is kept exactly, found JPEG 2000 with losses"))
        #expect(try ImageFile.readAll(path: lossy).width == 16)
    }

    @Test func `a large file is read in windows with the same pixels`() throws {
        for bytes in [HandmadeJPEG2000.tiled8, HandmadeJPEG2000.thinnedTiled8] {
            let path = try scratch.write(bytes, to: "tiled.j2k")
            let whole = try ImageFile.readAll(path: path)
            let source = try ImageFile.source(path: path, limits: ImageLimits(heldBytesMax: 4000))
            guard case .windows(let reader) = source else {
                Issue.record("expected windows")
                continue
            }
            for window in [PixelRect(x: 0, y: 0, width: 21, height: 14), PixelRect(x: 5, y: 3, width: 9, height: 7)] {
                #expect(try reader.read(window) == whole.cropped(to: window))
            }
        }
    }

    private static func buffer(_ type: SampleType, _ channels: Int, _ values: [Int]) -> PixelBuffer {
        let bytes = values.flatMap { value in
            (0..<type.byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return PixelBuffer(width: 16, height: 16, channels: channels, sampleType: type, bytes: bytes)
    }
}
