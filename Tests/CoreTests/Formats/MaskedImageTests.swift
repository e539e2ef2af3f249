@testable import Formats
@testable import Imaging
import Testing

/// Which pixels of a file have no data: GDAL's value, mask pages, alpha, values that are asked for.
struct MaskedImageTests {
    /// The mask of a whole image, read by windows and by rows; all ones where there is none.
    private func mask(_ path: String, _ selection: ImageSelection = .first) throws -> [UInt8] {
        let source = try ImageFile.source(path: path, selection)
        let whole = PixelRect(x: 0, y: 0, width: source.info.width, height: source.info.height)
        let windows = ImageWindows(source, path: path)
        try windows.advance(to: 0..<whole.height)
        let byWindow = try windows.window(whole).validity
        let byRow = try ImageFile.readAll(path: path, selection).validity
        #expect(byWindow == byRow)
        return byWindow ?? [UInt8](repeating: 1, count: whole.area)
    }

    @Test(arguments: [nil, 16]) func `one channel of signed integers without data is enough`(_ tileSide: Int?) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(20, 18, samplesPerPixel: 2, seed: 4)
        (image.bytesPerSample, image.sampleFormat, image.photometric, image.extraSamples) = (2, 2, 1, [0])
        (image.tileSide, image.noData) = (tileSide, "-9999")
        image.bytes = (0..<20 * 18 * 2).flatMap { index -> [UInt8] in
            index == 7 || index == 100 || index == 101 ? [0xF1, 0xD8] : [UInt8(truncatingIfNeeded: index), 1]
        }
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "a.tif")
        let expected = (0..<360).map { $0 == 3 || $0 == 50 ? UInt8(0) : 1 }
        #expect(try mask(path) == expected)
        #expect(try mask(path, ImageSelection(noData: NoDataChoice.none)) == [UInt8](repeating: 1, count: 360))
        // Of the channels that are used.
        #expect(try mask(path, ImageSelection(channels: [0])).filter { $0 == 0 }.count == 1)
    }

    @Test func `a colour without data has none in all of its channels`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(4, 1, samplesPerPixel: 3, seed: 4)
        image.noData = "0"
        image.bytes = [0, 0, 0, 0, 12, 30, 9, 9, 9, 0, 0, 1]
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "a.tif")
        #expect(try mask(path) == [0, 1, 1, 1])
        // What is asked for takes the place of what the file states.
        #expect(try mask(path, ImageSelection(noData: .value(9))) == [1, 1, 0, 1])
    }

    @Test func `levels that are counted from white keep their value for no data`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(3, 1, seed: 4)
        (image.photometric, image.noData, image.bytes) = (0, "7", [7, 248, 0])
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "a.tif")
        #expect(try mask(path) == [0, 1, 1])
    }

    @Test(arguments: [nil, 16], Orientation.allCases) func `a mask page says which pixels have data, turned as they are`(
        _ tileSide: Int?, _ orientation: Orientation
    ) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(21, 17, samplesPerPixel: 3, seed: 4)
        var page = HandmadeTIFF.Image(21, 17, seed: 5, subfileType: 4)
        page.bytes = (0..<21 * 17).map { $0 % 5 == 0 || $0 < 40 ? 0 : 255 }
        (image.tileSide, page.tileSide, page.photometric, image.orientation) = (tileSide, tileSide, 4, orientation.rawValue)
        // A mask of another size belongs to another resolution.
        let other = HandmadeTIFF.Image(10, 8, seed: 5, subfileType: 5)
        let path = try scratch.write(HandmadeTIFF.file([image, other, page]), to: "a.tif")
        let stored = PixelBuffer(
            width: 21, height: 17, channels: 1, sampleType: .uint8, bytes: page.bytes.map { $0 == 0 ? 0 : 1 })
        #expect(try mask(path) == stored.turned(orientation).bytes)
        #expect(try ImageFile.contents(path: path).pages == 1)
    }

    @Test func `transparent pixels have no data where that is asked for`() throws {
        let scratch = try ScratchFolder()
        let transparency = HandmadePNG.chunk("tRNS", [255, 0, 128])
        let palette = HandmadePNG.chunk("PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        let files: [(String, [UInt8], [UInt8], [UInt8])] = [
            (
                "rgba.png",
                try HandmadePNG.file(
                    width: 3, height: 1, bitDepth: 8, colourType: 6, rows: [[9, 8, 7, 255, 6, 5, 4, 0, 3, 2, 1, 1]]), [1, 0, 1],
                [9, 8, 7, 6, 5, 4, 3, 2, 1]
            ),
            (
                "grey.png",
                try HandmadePNG.file(
                    width: 2, height: 2, bitDepth: 8, colourType: 4, rows: [[9, 0, 8, 255], [7, 1, 6, 0]]), [0, 1, 1, 0],
                [9, 8, 7, 6]
            ),
            (
                "palette.png",
                try HandmadePNG.file(
                    width: 4, height: 1, bitDepth: 8, colourType: 3, rows: [[0, 1, 2, 3]], extra: [palette, transparency]),
                [1, 0, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
            ),
            (
                "colour.png",
                try HandmadePNG.file(
                    width: 3, height: 1, bitDepth: 8, colourType: 0, rows: [[4, 5, 6]],
                    extra: [HandmadePNG.chunk("tRNS", [0, 5])]), [1, 0, 1], [4, 5, 6]
            ),
        ]
        for (name, file, expected, bytes) in files {
            let path = try scratch.write(file, to: name)
            #expect(try mask(path, ImageSelection(masksByAlpha: true)) == expected, "\(name)")
            #expect(try mask(path) == expected.map { _ in 1 }, "\(name)")
            #expect(try ImageFile.readAll(path: path, ImageSelection(masksByAlpha: true)).bytes == bytes, "\(name)")
            #expect(try ImageFile.contents(path: path).notes.map(\.kind) == [.alpha], "\(name)")
        }
        var image = HandmadeTIFF.Image(3, 1, samplesPerPixel: 4, seed: 1)
        (image.photometric, image.extraSamples) = (2, [2])
        image.bytes = [9, 8, 7, 255, 6, 5, 4, 0, 3, 2, 1, 1]
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "rgba.tif")
        #expect(try mask(path, ImageSelection(masksByAlpha: true)) == [1, 0, 1])
        #expect(try ImageFile.readAll(path: path, ImageSelection(masksByAlpha: true)).channels == 3)
        #expect(try ImageFile.readAll(path: path, ImageSelection(channels: [2], masksByAlpha: true)).bytes == [7, 4, 1])
    }

    @Test func `a value that is asked for stands for no data in any format`() throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(
            try HandmadePNG.file(width: 4, height: 1, bitDepth: 8, colourType: 0, rows: [[0, 255, 7, 0]]), to: "a.png")
        #expect(try mask(path, ImageSelection(noData: .value(0))) == [0, 1, 1, 0])
        #expect(try mask(path, ImageSelection(noData: .value(-1))) == [1, 1, 1, 1])
        #expect(
            NoDataChoice("none") == NoDataChoice.none && NoDataChoice("fill") == .fill && NoDataChoice("-9999") == .value(-9999))
        #expect(NoDataChoice("nan") == nil && NoDataChoice("") == nil && NoDataChoice("x") == nil)
    }
}
