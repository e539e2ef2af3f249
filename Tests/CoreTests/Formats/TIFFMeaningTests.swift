@testable import Formats
@testable import Imaging
import Testing

/// What the fields of a TIFF mean for its pixels: levels from white, chunks that are left out, axes, channels.
struct TIFFMeaningTests {
    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `grey levels that are counted from white are inverted, labels too`() throws {
        let scratch = try ScratchFolder()
        for bytesPerSample in [1, 2] {
            var image = HandmadeTIFF.Image(12, 7, seed: 5)
            image.bytesPerSample = bytesPerSample
            image.bytes = HandmadeTIFF.Image(12, 7, samplesPerPixel: bytesPerSample, seed: 5).bytes
            image.photometric = 0
            let path = try scratch.write(HandmadeTIFF.file([image]), to: "white\(bytesPerSample).tif")
            let inverted = image.bytes.map { 255 - $0 }
            #expect(try ImageFile.readAll(path: path).bytes == inverted)
            let labels = try ImageFile.readAllLabels(path: path).labels
            #expect(labels[3] == (bytesPerSample == 1 ? UInt16(inverted[3]) : UInt16(inverted[6]) | UInt16(inverted[7]) << 8))
            #expect(try ImageFile.contents(path: path).notes.map(\.kind) == [.inverted])
        }
    }

    /// (bytes of a sample, sample format, GDAL's text, bytes of a value that is left out)
    private static let fills: [(Int, Int?, String?, [UInt8])] = [
        (1, nil, nil, [0]), (1, nil, "7", [7]), (1, nil, "255 ", [255]), (1, nil, "-9999", [0]), (1, nil, "nonsense", [0]),
        (2, 2, "-9999", [0xF1, 0xD8]), (2, nil, "65535", [255, 255]), (4, 3, "-9999", [0x00, 0x3C, 0x1C, 0xC6]),
        (4, 2, "-2", [0xFE, 255, 255, 255]),
    ]

    @Test(arguments: fills) func `a chunk that is left out holds the value for no data`(
        _ size: Int, _ format: Int?, _ noData: String?, _ value: [UInt8]
    ) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(40, 20, seed: 2)
        (image.tileSide, image.bytesPerSample, image.sampleFormat) = (16, size, format)
        image.bytes = (0..<40 * 20 * size).map { $0 % size == size - 1 ? 1 : UInt8(truncatingIfNeeded: $0 * 5) }
        (image.noData, image.missing) = (noData, [1, 5])
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "sparse.tif")
        var expected = image.bytes
        for (x, y) in (0..<20).flatMap({ y in (0..<40).map { ($0, y) } }) {
            let chunk = y / 16 * 3 + x / 16
            if image.missing.contains(chunk) {
                expected.replaceSubrange((y * 40 + x) * size..<(y * 40 + x + 1) * size, with: value)
            }
        }
        #expect(try ImageFile.readAll(path: path).bytes == expected)
        let note = try #require(try ImageFile.contents(path: path).notes.first { $0.kind == .missing })
        #expect(note.text.hasPrefix("2 of 6 chunks are not in the file"))
    }

    @Test func `a file with none of its chunks is no image`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(20, 20, seed: 2)
        (image.tileSide, image.missing) = (16, [0, 1, 2, 3])
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "empty.tif")
        #expect(
            error { _ = try ImageFile.source(path: path) }
                == "\(path): damaged image: expected pixels, found none of its 4 chunks")
    }

    /// (axes, shape, depth, time points, channels)
    private static let axes: [(String, [Int], Int, Int, Int)] = [
        ("CYX", [4, 5, 6], 1, 1, 4), ("ZYX", [4, 5, 6], 4, 1, 1), ("TYX", [4, 5, 6], 1, 4, 1), ("QYX", [4, 5, 6], 4, 1, 1),
        ("TZCYX", [1, 2, 2, 5, 6], 2, 1, 2), ("ZCYX", [2, 2, 5, 6], 2, 1, 2), ("CTYX", [2, 2, 5, 6], 1, 2, 2),
        ("IZYX", [2, 2, 5, 6], 2, 2, 1),
    ]

    @Test(arguments: axes) func `the axes that tifffile states are taken up`(
        _ letters: String, _ shape: [Int], _ depth: Int, _ times: Int, _ channels: Int
    ) throws {
        let scratch = try ScratchFolder()
        let count = shape.dropLast(2).reduce(1, *)
        var images = (0..<count).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        images[0].description = "{\"shape\": \(shape), \"axes\": \"\(letters)\"}"
        let path = try scratch.write(HandmadeTIFF.file(images), to: "axes.tif")
        let contents = try ImageFile.contents(path: path)
        #expect((contents.depth, contents.times, contents.channels) == (depth, times, channels))
        // The position of each image by its indices, the slowest axis first.
        func image(channel: Int, z: Int, t: Int) -> HandmadeTIFF.Image {
            var position = 0
            for (letter, length) in zip(letters, shape.dropLast(2)) {
                let index =
                    switch letter {
                    case "C": channel
                    case "Z", "Q": z
                    default: t
                    }
                position = position * length + index
            }
            return images[position]
        }
        for (t, z) in (0..<times).flatMap({ t in (0..<depth).map { (t, $0) } }) {
            let found = try ImageFile.readAll(path: path, ImageSelection(page: t * depth + z))
            let planes = (0..<channels).map { image(channel: $0, z: z, t: t).bytes }
            #expect(found.bytes == planes[0].indices.flatMap { index in planes.map { $0[index] } })
        }
    }

    @Test func `axes that are no stack of planes are refused by name`() throws {
        let scratch = try ScratchFolder()
        for (letters, expected) in [("YXC", "Y and X as the axes of an image"), ("CXY", "Y and X as the axes of an image")] {
            var images = (0..<2).map { HandmadeTIFF.Image(6, 5, seed: $0) }
            images[0].description = "{\"shape\": [2, 5, 6], \"axes\": \"\(letters)\"}"
            let path = try scratch.write(HandmadeTIFF.file(images), to: "\(letters).tif")
            #expect(
                error { _ = try ImageFile.source(path: path) }
                    == "\(path): axes of its description: expected \(expected), found \(letters) of [2, 5, 6]")
        }
    }

    @Test func `channels are chosen among samples and among images`() throws {
        let scratch = try ScratchFolder()
        var samples = HandmadeTIFF.Image(9, 4, samplesPerPixel: 20, seed: 7)
        (samples.photometric, samples.extraSamples) = (1, [Int](repeating: 0, count: 19))
        let one = try scratch.write(HandmadeTIFF.file([samples]), to: "samples.tif")
        var images = (0..<20).map { HandmadeTIFF.Image(9, 4, seed: $0) }
        images[0].description = "ImageJ=1.11a\nimages=20\nchannels=20\nhyperstack=true\n"
        let many = try scratch.write(HandmadeTIFF.file(images), to: "images.tif")
        for channels in [[0], [19], [3, 0, 5, 6], Array(0..<20), [7, 8, 7 + 5, 2]] {
            let selection = ImageSelection(channels: channels)
            let first = try ImageFile.readAll(path: one, selection)
            #expect(first.channels == channels.count)
            #expect(
                first.bytes == (0..<36).flatMap { pixel in channels.map { samples.bytes[pixel * 20 + $0] } }, "\(channels)")
            let second = try ImageFile.readAll(path: many, selection)
            #expect(second.bytes == (0..<36).flatMap { pixel in channels.map { images[$0].bytes[pixel] } }, "\(channels)")
        }
        for path in [one, many] {
            #expect(
                error { _ = try ImageFile.source(path: path, ImageSelection(channels: [3, 20])) }
                    == "\(path): expected channels from 0 to 19, found channel 20")
        }
        let png = try scratch.write(
            try HandmadePNG.file(width: 1, height: 1, bitDepth: 8, colourType: 2, rows: [[10, 20, 30]]), to: "a.png")
        #expect(try ImageFile.readAll(path: png, ImageSelection(channels: [2, 0])).bytes == [30, 10])
    }

    @Test func `more channels than are used at once must be chosen from`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(3, 2, samplesPerPixel: 100, seed: 1)
        (image.photometric, image.extraSamples) = (1, [Int](repeating: 0, count: 99))
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "many.tif")
        #expect(
            error { _ = try ImageFile.source(path: path) }
                == "\(path): expected at most 64 channels at once, found 100; choose some by --channels")
        #expect(try ImageFile.readAll(path: path, ImageSelection(channels: [99])).bytes[0] == image.bytes[99])
        #expect(try ImageFile.contents(path: path).channels == 100)
    }
}
