@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// Whole-slide images, read by OpenSlide.
struct SlideTests {
    private let scratch: Scratch
    private let half: HandmadeTIFF.Image

    /// A slide as Aperio's scanners write it: the image, a thumbnail, and a smaller resolution, in tiles.
    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 256, pixelsPerClass: 300)
        let pixels = try ImageFile.readAll(path: scratch("image.png"))
        let description = "Aperio Image Library v11.2.1\r\n256x256 [0,0 256x256] (64x64) |AppMag = 20|MPP = 0.5"
        var full = HandmadeTIFF.Image(256, 256, samplesPerPixel: 3, seed: 0, description: description)
        full.bytes = pixels.bytes
        full.tileSide = 64
        let thumbnail = HandmadeTIFF.Image(32, 32, samplesPerPixel: 3, seed: 5, description: description)
        var half = HandmadeTIFF.Image(128, 128, samplesPerPixel: 3, seed: 0, description: description)
        half.bytes = (0..<128 * 128).flatMap { pixel -> [UInt8] in
            let first = ((pixel / 128) * 2 * 256 + pixel % 128 * 2) * 3
            return Array(pixels.bytes[first..<first + 3])
        }
        half.tileSide = 64
        self.half = half
        try Data(HandmadeTIFF.file([full, thumbnail, half])).write(to: URL(fileURLWithPath: scratch("slide.svs")))
    }

    @Test func `a slide has the pixels of its levels`() throws {
        #expect(try ImageFile.readAll(path: scratch("slide.svs")) == ImageFile.readAll(path: scratch("image.png")))
        #expect(try ImageFile.readAll(path: scratch("slide.svs"), ImageSelection(level: 1)).bytes == half.bytes)
        let contents = try ImageFile.contents(path: scratch("slide.svs"))
        #expect(contents.levels.map(\.width) == [256, 128])
        #expect(contents.levels.map(\.micronsPerPixel) == [0.5, 1])
    }

    @Test func `a slide is segmented as the image that it holds, at the resolution that is asked for`() async throws {
        let train = try await Program.coppice([
            "train", scratch("slide.svs"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("m.json"), "--local",
            "1",
            "--quiet",
        ])
        #expect(train.status == 0, "\(train.errors)")
        try PixelBuffer(width: 128, height: 128, channels: 3, sampleType: .uint8, bytes: half.bytes).write(
            to: scratch("half.png"))
        for (name, image, options) in [
            ("whole", "image.png", []), ("slide", "slide.svs", ["--tile", "70"]), ("half", "half.png", []),
            ("microns", "slide.svs", ["--microns-per-pixel", "1.1", "--tile", "33"]),
        ] {
            let outcome = try await Program.coppice(
                [
                    "segment", scratch(image), "--model", scratch("m.json"), "--output", scratch("\(name)-labels.png"), "--local",
                    "2",
                ]
                    + ["--quiet"] + options)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        // The same labels; those of the slide say the size of its pixels, too.
        for (one, other) in [("slide", "whole"), ("microns", "half")] {
            let (labels, expected) = (scratch("\(one)-labels.png"), scratch("\(other)-labels.png"))
            #expect(try ImageFile.readAllLabels(path: labels) == ImageFile.readAllLabels(path: expected))
        }
    }

    @Test func `a damaged slide is an error of one line`() async throws {
        let whole = try scratch.bytes("slide.svs")
        for count in [100, 2000, whole.count / 2, whole.count - 40] {
            try whole.prefix(count).write(to: URL(fileURLWithPath: scratch("cut.svs")))
            let outcome = try await Program.coppice([
                "features", scratch("cut.svs"), "--output", scratch("f.npy"), "--local", "1", "--quiet",
            ])
            #expect(outcome.status == 65, "\(count) bytes: \(outcome.status) \(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }
}
