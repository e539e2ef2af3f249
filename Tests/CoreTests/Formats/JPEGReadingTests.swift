@testable import Formats
@testable import Imaging
import Testing

struct JPEGReadingTests {
    /// CRC-32 of the decoded pixels, computed with Pillow.
    @Test(arguments: [
        (HandmadeJPEG.grey, 1, UInt32(2_946_343_169)),
        (HandmadeJPEG.colour, 3, 4_267_989_932),
        (HandmadeJPEG.progressive, 3, 4_267_989_932),
    ])
    func `grey, colour and progressive files decode to the pixels that Pillow reads`(
        file: [UInt8], channels: Int, crc: UInt32
    ) throws {
        let folder = try ScratchFolder()
        let image = try ImageFile.readAll(path: folder.write(file, to: "image.png"))
        let expected = ImageInfo(
            width: HandmadeJPEG.width, height: HandmadeJPEG.height, channels: channels, sampleType: .uint8)
        #expect(image.info == expected)
        #expect(HandmadePNG.crc32(image.bytes) == crc)
    }

    @Test(arguments: [HandmadeJPEG.grey, HandmadeJPEG.colour, HandmadeJPEG.progressive])
    func `a file cut off anywhere is an error`(whole: [UInt8]) throws {
        let folder = try ScratchFolder()
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), to: "cut.jpg")
            #expect(throws: ImageError.self, "first \(length) of \(whole.count) bytes") { try ImageFile.readAll(path: path) }
        }
    }

    @Test func `CMYK is refused`() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(HandmadeJPEG.cmyk, to: "cmyk.jpg")
        #expect(throws: ImageError.unsupported(path: path, reason: "expected a grey or RGB JPEG, found CMYK")) {
            try ImageFile.open(path: path)
        }
    }

    @Test func `limits hold for size, memory and scans`() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(HandmadeJPEG.progressive, to: "image.jpg")
        #expect(throws: ImageError.unsupported(path: path, reason: "expected at most 19×99 pixels, found 20×16")) {
            try ImageFile.open(path: path, limits: ImageLimits(widthMax: 19, heightMax: 99))
        }
        #expect(throws: ImageError.self) { try ImageFile.open(path: path, limits: ImageLimits(heldBytesMax: 100)) }
        #expect(throws: ImageError.unsupported(path: path, reason: "more than 3 scans")) {
            try ImageFile.readAll(path: path, limits: ImageLimits(scanCountMax: 3))
        }
    }

    @Test func `JPEG is refused as a label map`() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(HandmadeJPEG.grey, to: "labels.png")
        let reason =
            "expected a PNG, TIFF, JPEG 2000, NumPy or zipped OME-Zarr label map, found JPEG, which does not keep labels exactly"
        let values = Set(try ImageFile.readAll(path: path).bytes).count
        #expect(throws: ImageError.unsupported(path: path, reason: "\(reason): \(values) grey values; save labels as PNG")) {
            try ImageFile.openLabels(path: path)
        }
        let coloured = try folder.write(HandmadeJPEG.colour, to: "colour.jpg")
        #expect(throws: ImageError.unsupported(path: coloured, reason: reason)) { try ImageFile.openLabels(path: coloured) }
    }
}
