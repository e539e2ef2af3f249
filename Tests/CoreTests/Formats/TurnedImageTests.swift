import Foundation
@testable import Formats
@testable import Imaging
import Testing

/// Images and label maps that their files ask to be turned: PNG and JPEG by Exif, TIFF by its own field.
struct TurnedImageTests {
    private static let (width, height) = (5, 3)

    /// Exif with an orientation, and an entry before it.
    private static func exif(_ orientation: Int, isLittle: Bool) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isLittle ? bytes : bytes.reversed()
        }
        let mark = Array((isLittle ? "II*\0" : "MM\0*").utf8)
        let text = [number(0x010F, 2), number(2, 2), number(4, 4), Array("abc\0".utf8)]
        let entry = [number(0x0112, 2), number(3, 2), number(1, 4), number(orientation, 2), [0, 0]]
        let parts: [[UInt8]] = [mark, number(8, 4), number(2, 2)] + text + entry + [number(0, 4)]
        return Array(parts.joined())
    }

    private func png(_ orientation: Int, colourType: Int, exifIsLast: Bool = false) throws -> [UInt8] {
        let count = colourType == 2 ? 3 : 1
        let rows = (0..<Self.height).map { row in (0..<Self.width * count).map { UInt8(row * 40 + $0) } }
        let chunk = HandmadePNG.chunk("eXIf", Self.exif(orientation, isLittle: orientation.isMultiple(of: 2)))
        var file = try HandmadePNG.file(
            width: Self.width, height: Self.height, bitDepth: 8, colourType: colourType, rows: rows,
            extra: exifIsLast ? [] : [chunk])
        if exifIsLast { file.insert(contentsOf: chunk, at: file.count - 12) }
        return file
    }

    @Test(arguments: Orientation.allCases, [false, true])
    func `a PNG lies as its Exif says, before or after the pixels`(_ orientation: Orientation, _ isLast: Bool) throws {
        let scratch = try ScratchFolder()
        let plain = try ImageFile.readAll(path: try scratch.write(try png(1, colourType: 2), to: "plain.png"))
        let path = try scratch.write(try png(orientation.rawValue, colourType: 2, exifIsLast: isLast), to: "turned.png")
        #expect(try ImageFile.readAll(path: path) == plain.turned(orientation))
        let contents = try ImageFile.contents(path: path)
        #expect(contents.levels[0].width == orientation.shown(width: Self.width, height: Self.height).width)
        #expect(contents.notes.map(\.kind) == (orientation == .upright ? [] : [.orientation]))
    }

    @Test(arguments: Orientation.allCases) func `labels lie as their image does`(_ orientation: Orientation) throws {
        let scratch = try ScratchFolder()
        let pixels = try ImageFile.readAll(path: try scratch.write(try png(orientation.rawValue, colourType: 0), to: "a.png"))
        let labels = try ImageFile.readAllLabels(path: scratch.path("a.png"))
        #expect(labels.labels == pixels.bytes.map(UInt16.init) && labels.width == pixels.width)
        var image = HandmadeTIFF.Image(5, 3, seed: 1)
        image.orientation = orientation.rawValue
        let tiff = try scratch.write(HandmadeTIFF.file([image]), to: "a.tif")
        #expect(try ImageFile.readAllLabels(path: tiff).labels == (try ImageFile.readAll(path: tiff)).bytes.map(UInt16.init))
        #expect(try ImageFile.openLabels(path: tiff).notes.map(\.kind) == (orientation == .upright ? [] : [.orientation]))
    }

    @Test(arguments: Orientation.allCases, [nil, 16])
    func `a TIFF lies as its directory says, in strips and in tiles, and its levels too`(
        _ orientation: Orientation, _ tileSide: Int?
    ) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(37, 21, samplesPerPixel: 3, seed: 3)
        image.tileSide = tileSide
        var small = HandmadeTIFF.Image(18, 10, samplesPerPixel: 3, seed: 4, subfileType: 1)
        small.tileSide = tileSide
        image.below = [small]
        let plain = try scratch.write(HandmadeTIFF.file([image]), to: "plain.tif")
        image.orientation = orientation.rawValue
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "turned.tif")
        for level in 0...1 {
            let selection = ImageSelection(level: level)
            let expected = try ImageFile.readAll(path: plain, selection).turned(orientation)
            #expect(try ImageFile.readAll(path: path, selection) == expected)
            let windows = ImageWindows(try ImageFile.source(path: path, selection), path: path)
            try windows.advance(to: 0..<expected.height)
            let window = PixelRect(x: 3, y: 2, width: 7, height: 6)
            #expect(try windows.window(window) == expected.cropped(to: window))
            #expect(try ImageFile.contents(path: path).levels[level].width == expected.width)
        }
    }

    @Test(arguments: [3, 6, 8]) func `a JPEG lies as its Exif says`(_ number: Int) throws {
        let scratch = try ScratchFolder()
        let plain = try ImageFile.readAll(path: try scratch.write(HandmadeJPEG.colour, to: "plain.jpg"))
        let body = Array("Exif\0\0".utf8) + Self.exif(number, isLittle: number == 6)
        let marker: [UInt8] = [0xFF, 0xE1, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
        let file = Array(HandmadeJPEG.colour[..<2]) + marker + Array(HandmadeJPEG.colour[2...])
        let path = try scratch.write(file, to: "turned.jpg")
        let orientation = try #require(Orientation(rawValue: number))
        #expect(try ImageFile.readAll(path: path) == plain.turned(orientation))
        #expect(try ImageFile.contents(path: path).notes == [try #require(TurnedImage.note(orientation))])
    }

    @Test func `Exif that is cut off or says nonsense turns nothing`() {
        let whole = Self.exif(6, isLittle: false)
        for count in 0..<whole.count - 6 { #expect(Exif.orientation(Array(whole[..<count])) == .upright, "\(count) bytes") }
        #expect(Exif.orientation(whole) == .turnedRight)
        #expect(Exif.orientation(Self.exif(9, isLittle: true)) == .upright)
        #expect(Exif.orientation(Self.exif(0, isLittle: true)) == .upright)
        #expect(Exif.orientation([UInt8](repeating: 0xFF, count: 4000)) == .upright)
    }

    @Test func `what must be turned whole is bounded`() throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(try png(6, colourType: 2), to: "turned.png")
        let bytes = Self.width * Self.height * 3
        #expect(try ImageFile.open(path: path, limits: ImageLimits(heldBytesMax: 2 * bytes)).info.width == Self.height)
        #expect(throws: ImageError.self) { try ImageFile.open(path: path, limits: ImageLimits(heldBytesMax: 2 * bytes - 1)) }
    }
}
