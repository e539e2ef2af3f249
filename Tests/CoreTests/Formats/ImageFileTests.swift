@testable import Formats
import Foundation
@testable import Imaging
import Testing

struct ImageFileTests {
    @Test func `a missing file, a folder and a pipe are named as such`() throws {
        let folder = try ScratchFolder()
        let missing = folder.path("missing.png")
        #expect(throws: ImageError.io(path: missing, reason: "No such file or directory")) {
            try ImageFile.open(path: missing)
        }
        let directory = folder.path(".")
        let error = #expect(throws: ImageError.self) { try ImageFile.open(path: directory) }
        #expect(
            error?.description
                == "\(directory): expected an image file or a folder of OME-Zarr, found a folder without its metadata")
        let pipe = folder.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(throws: ImageError.io(path: pipe, reason: "expected a file, found a pipe, socket or device")) {
            try ImageFile.open(path: pipe)
        }
        #expect(throws: ImageError.self) { try ImageFile.open(path: "a\0b") }
    }

    @Test(arguments: [
        ("", "an empty file"), ("GIF89a", "a GIF image"), ("hello, world\n", "text"),
        ("\u{1}\u{2}abcdefgh", "bytes 01 02 61 62 63 64 65 66"),
    ])
    func `other content is described`(content: String, found: String) throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Array(content.utf8), to: "image.png")
        let error = #expect(throws: ImageError.self) { try ImageFile.open(path: path) }
        #expect(
            error?.description
                == "\(path): expected a PNG, JPEG, TIFF, JPEG 2000, whole-slide, NumPy or zipped OME-Zarr image, found \(found)")
    }

    @Test func `files are closed on every way out`() throws {
        let folder = try ScratchFolder()
        let good = try folder.write(
            HandmadePNG.file(width: 1, height: 1, bitDepth: 8, colourType: 0, rows: [[5]]), to: "good.png")
        let paths = try [
            good, folder.write(HandmadeJPEG.cmyk, to: "a"), folder.write(Array(HandmadeJPEG.colour[..<200]), to: "b"),
            folder.write([1], to: "c"), folder.write(HandmadePNG.signature, to: "d"), folder.path("."),
        ]
        // More rounds than a process may usually have files open.
        for _ in 0..<1200 {
            for path in paths { _ = try? ImageFile.readAll(path: path) }
        }
        #expect(try ImageFile.readAll(path: good).bytes == [5])
    }

    @Test func `present labels are ascending and without 0`() {
        let map = LabelMap(width: 3, height: 2, labels: [91, 0, 1, 65535, 49, 1])
        #expect(map.presentLabels == [1, 49, 91, 65535])
    }

    @Test func `colours are read and written in hexadecimal`() throws {
        #expect(RGBColour(hex: "#E69f00") == RGBColour(red: 0xE6, green: 0x9F, blue: 0))
        #expect(RGBColour(red: 1, green: 171, blue: 255).hex == "#01ABFF")
        for text in ["", "#", "E69F00", "#E69F0", "#E69F001", "#E69F0G", "#é9F00"] { #expect(RGBColour(hex: text) == nil) }
        let colours = [RGBColour(red: 9, green: 8, blue: 7)]
        #expect(try JSONDecoder().decode([RGBColour].self, from: JSONEncoder().encode(colours)) == colours)
    }
}
