@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

/// Label images in every way in which files store them without loss.
struct LabelStorageTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func labels(_ file: [UInt8]) throws -> [Int] {
        try ImageFile.readAllLabels(path: folder.write(file, to: "l")).labels.map(Int.init)
    }

    private func labels<Value: BitwiseCopyable>(_ values: [Value], _ format: Int) throws -> [Int] {
        try labels(HandmadeTIFF.file([LabelImages.tiff(values.count, values, format: format)]))
    }

    private func notes(_ file: [UInt8]) throws -> [ImageNote] {
        try ImageFile.openLabels(path: folder.write(file, to: "l")).notes
    }

    @Test(arguments: [(2, 8), (2, 16), (6, 8), (6, 16)])
    func `grey levels that are stored as red, green and blue are the labels`(colourType: Int, bitDepth: Int) throws {
        let alpha = colourType == 6 ? [1 << bitDepth - 1] : []
        let levels = [0, 1, 2, 200, 2, 1]
        let file = try LabelImages.png(3, levels.flatMap { [$0, $0, $0] + alpha }, colourType: colourType, bitDepth: bitDepth)
        #expect(try labels(file) == levels)
        #expect(try notes(file) == [ImageNote(.labels, "red, green and blue are the same, and are the label")])
    }

    @Test func `colours become labels in the order of red, then green, then blue`() throws {
        let (none, red, green, blue, dark) = ([0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [254, 9, 9])
        let samples = [none, red, red, green, blue, dark].flatMap(\.self)
        let expected = [0, 4, 4, 2, 1, 3]
        let file = try LabelImages.png(3, samples, colourType: 2)
        #expect(try labels(file) == expected)
        let note = "4 colours become labels: #0000FF → 1, #00FF00 → 2, #FE0909 → 3, #FF0000 → 4"
        #expect(try notes(file) == [ImageNote(.labels, note)])
        #expect(try labels(HandmadeTIFF.file([LabelImages.tiff(3, samples.map { UInt8($0) }, perPixel: 3)])) == expected)
        #expect(try labels(LabelImages.png(2, samples.map { 257 * $0 }, colourType: 2, bitDepth: 16)) == expected)
    }

    @Test func `what is transparent is unlabelled, and any opacity above is labelled`() throws {
        let samples = [255, 0, 0, 0, 255, 0, 0, 128, 0, 255, 0, 128, 0, 0, 0, 255]
        let file = try LabelImages.png(2, samples, colourType: 6)
        #expect(try labels(file) == [0, 2, 1, 0])
        #expect(try notes(file).contains(ImageNote(.alpha, "transparent, or without data, on 1 pixel: unlabelled")))
        for extra in [[2], [0], [1]] {
            let image = LabelImages.tiff(2, samples.map { UInt8($0) }, perPixel: 4, photometric: 2, extra: extra)
            #expect(try labels(HandmadeTIFF.file([image])) == [0, 2, 1, 0], "\(extra)")
        }
        #expect(try labels(LabelImages.png(2, [5, 0, 7, 255, 5, 255, 0, 9], colourType: 4)) == [0, 7, 5, 0])
        #expect(try labels(LabelImages.png(2, [5, 0, 7, 65535, 300, 1, 0, 9], colourType: 4, bitDepth: 16)) == [0, 7, 300, 0])
        let grey = LabelImages.tiff(2, [5, 0, 7, 255] as [UInt8], perPixel: 2, extra: [2])
        #expect(try labels(HandmadeTIFF.file([grey])) == [0, 7])
    }

    @Test func `a level, a colour and palette indices that a PNG calls transparent are unlabelled`() throws {
        let grey = HandmadePNG.chunk("tRNS", [0, 2])
        #expect(try labels(LabelImages.png(3, [0, 1, 2, 3, 2, 1], colourType: 0, extra: [grey])) == [0, 1, 0, 3, 0, 1])
        let red = HandmadePNG.chunk("tRNS", [0, 255, 0, 0, 0, 0])
        let samples = [255, 0, 0, 0, 255, 0, 0, 0, 255]
        #expect(try labels(LabelImages.png(3, samples, colourType: 2, extra: [red])) == [0, 2, 1])
        let palette = HandmadePNG.chunk("PLTE", [0, 0, 0, 1, 1, 1, 2, 2, 2])
        let some = HandmadePNG.chunk("tRNS", [255, 0, 128])
        #expect(try labels(LabelImages.png(3, [0, 1, 2], colourType: 3, extra: [palette, some])) == [0, 0, 2])
    }

    @Test func `whole numbers of every type are labels`() throws {
        #expect(try labels([0, 1, 65535] as [Int64], 2) == [0, 1, 65535])
        #expect(try labels([0, 1, 65535] as [UInt64], 1) == [0, 1, 65535])
        #expect(try labels([0, 1, 65535] as [Float], 3) == [0, 1, 65535])
        #expect(try labels([0, 1, 65535] as [Double], 3) == [0, 1, 65535])
        #expect(try labels([0, 1, 2048] as [Float16], 3) == [0, 1, 2048])
        #expect(try labels([0, 1, 65535] as [Int32], 2) == [0, 1, 65535])
        #expect(try labels([0, 1, 127] as [Int8], 2) == [0, 1, 127])
    }

    @Test func `an image of integers of 64 bits is still refused by name`() throws {
        let path = try folder.write(
            HandmadeTIFF.file([LabelImages.tiff(2, [1, 2] as [Int64], format: 2)]), to: "long.tif")
        let error = #expect(throws: ImageError.self) { try ImageFile.open(path: path) }
        #expect(error?.description.hasSuffix("found signed integers of 64 bits") == true)
    }

    @Test func `numbers below 0 and NaN are unlabelled, and counted`() throws {
        let cases: [(file: [UInt8], labels: [Int], note: String)] = [
            (
                HandmadeTIFF.file([LabelImages.tiff(3, [-1, 2, -1] as [Int16], format: 2)]), [0, 2, 0],
                "−1 on 2 pixels is read as unlabelled"
            ),
            (
                HandmadeTIFF.file([LabelImages.tiff(3, [.min, 2, 7] as [Int64], format: 2)]), [0, 2, 7],
                "values below 0, down to −2147483648, on 1 pixel are read as unlabelled"
            ),
            (
                HandmadeTIFF.file([LabelImages.tiff(3, [-2, .nan, 7] as [Float], format: 3)]), [0, 0, 7],
                "values below 0, down to −2, on 1 pixel are read as unlabelled; NaN on 1 pixel is read as unlabelled"
            ),
        ]
        for (file, expected, note) in cases {
            #expect(try labels(file) == expected)
            var collection = LabelCollection(.none, for: .training)
            try collection.add(LabelImages.survey(ImageFile.labelPixels(path: folder.path("l"))))
            #expect(try collection.reading().notes == [[ImageNote(.labels, note)]])
        }
    }

    @Test func `what is no label is refused with its place`() throws {
        for (image, reason) in [
            (
                LabelImages.tiff(2, [0, 1, 2, 0.25] as [Float], format: 3),
                "row 1, column 1: expected whole numbers as labels, found 0.25; labels are no probabilities or intensities"
            ),
            (
                LabelImages.tiff(2, [0, 1, 70000, 2] as [Int32], format: 2),
                "row 1, column 0: expected a label from 0 to 65535, found 70000"
            ),
            (
                LabelImages.tiff(2, [0, 1, 2, .max] as [UInt64], format: 1),
                "row 1, column 1: expected a label from 0 to 65535, found 4294967295 or more"
            ),
            (
                LabelImages.tiff(2, [0, .infinity] as [Double], format: 3),
                "row 0, column 1: expected a label from 0 to 65535, found inf"
            ),
        ] {
            let path = try folder.write(HandmadeTIFF.file([image]), to: "l")
            #expect(throws: ImageError.unsupported(path: path, reason: reason)) { try ImageFile.readAllLabels(path: path) }
        }
    }

    @Test func `labels that are ignored are unlabelled, also those that are too large`() throws {
        let path = try folder.write(
            HandmadeTIFF.file([LabelImages.tiff(5, [0, 1, .max, 255, 3] as [UInt32])]), to: "l")
        let pixels = try ImageFile.labelPixels(path: path)
        let reader = PixelLabelRows(pixels, ignoring: [-1, 255, 4_294_967_295])
        #expect(try LabelImages.labels(reader) == [0, 1, 0, 0, 3])
    }

    @Test func `colours that are read in parts have the labels of the whole`() throws {
        var random = SplitMix64(seed: 3)
        let colours = (0..<7).map { _ in random.bytes(3).map(Int.init) }
        let samples = (0..<50 * 40).flatMap { _ in colours[Int.random(in: 0..<7, using: &random)] }
        let path = try folder.write(LabelImages.png(50, samples, colourType: 2), to: "l")
        let whole = try ImageFile.readAllLabels(path: path).labels
        let reader = try ImageFile.openLabels(path: path)
        var parts: [UInt16] = []
        for count in [1, 0, 7, 32] {
            var rows = [UInt16](repeating: 0, count: count * 50)
            try rows.withUnsafeMutableBufferPointer { try reader.read(count, into: $0) }
            parts += rows
        }
        #expect(parts == whole && Set(whole) == Set(1...7))
    }
}
