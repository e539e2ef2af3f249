@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// What OME-Zarr images are besides those that a program of today writes.
struct ZarrKindsTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// Writes an image whose document `file` has other words.
    private func write(_ image: HandmadeZarr, _ changes: [String: String], in file: String = ".zattrs") throws -> String {
        let path = try image.write(to: scratch)
        var text = try #require(image.documents[file])
        for (old, new) in changes {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        _ = try scratch.write(Array(text.utf8), to: "image.zarr/\(file)")
        return path
    }

    // MARK: Versions and axes

    @Test(arguments: ["\"0.1\"", "\"0.2\"", "\"0.3\"", "\"0.4\"", "0.3", "null"], [true, false])
    func `images of every version are read, with dots or folders`(version: String, isNested: Bool) throws {
        var image = HandmadeZarr()
        (image.axes, image.shape, image.chunks) = (["t", "c", "z", "y", "x"], [2, 3, 4, 7, 9], [1, 1, 1, 4, 5])
        (image.isNested, image.saysSeparator) = (isNested, false)
        let path = try write(image, ["\"0.4\"": version])
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
        let contents = try ImageFile.contents(path: path)
        #expect((contents.depth, contents.times) == (4, 2))
        #expect(contents.notes.isEmpty)
    }

    @Test(arguments: ["0.1", "0.2", nil])
    func `axes without names are those of the first versions`(version: String?) throws {
        var image = HandmadeZarr()
        let named = "\"axes\": [{\"name\": \"y\", \"type\": \"space\"}, {\"name\": \"x\", \"type\": \"space\"}], "
        let changes = [named: "", ", \"version\": \"0.4\"": version.map { ", \"version\": \"\($0)\"" } ?? ""]
        #expect(try ImageFile.readAll(path: write(image, changes)) == image.pixels(image.whole))
        (image.shape, image.chunks) = ([2, 7, 9], [1, 4, 5])
        try FileManager.default.removeItem(atPath: scratch.path("image.zarr"))
        let path = try write(image, changes)
        #expect(
            throws: ImageError.unsupported(
                path: "\(path)/0",
                reason: "expected named axes, or the five dimensions t, c, z, y and x of OME-Zarr 0.1, found the shape [2, 7, 9]")
        ) { try ImageFile.source(path: path) }
        (image.axes, image.shape, image.chunks) = (["t", "c", "z", "y", "x"], [2, 3, 4, 7, 9], [2, 3, 4, 7, 9])
        let attributes = "{\"multiscales\": [{\"datasets\": [{\"path\": \"0\"}]\(changes[", \"version\": \"0.4\""] ?? "")}]}"
        let volume = try image.write(to: scratch, "volume.zarr")
        _ = try scratch.write(Array(attributes.utf8), to: "volume.zarr/.zattrs")
        #expect(try ImageFile.readAll(path: volume) == image.pixels(image.whole))
        #expect(try ImageFile.contents(path: volume).pages == 8)
    }

    @Test func `axes are read as plain names, by their types, and in any order`() throws {
        var image = HandmadeZarr()
        (image.axes, image.shape, image.chunks) = (["c", "y", "x"], [3, 7, 9], [2, 4, 5])
        let plain = try write(
            image,
            [
                "{\"name\": \"c\", \"type\": \"channel\"}": "\"c\"", "{\"name\": \"y\", \"type\": \"space\"}": "\"y\"",
                "{\"name\": \"x\", \"type\": \"space\"}": "\"X\"", "0.4": "0.3",
            ])
        #expect(try ImageFile.readAll(path: plain) == image.pixels(image.whole))
        let typed = try write(image, ["\"name\": \"c\"": "\"name\": \"stain\""])
        #expect(try ImageFile.readAll(path: typed) == image.pixels(image.whole))
        for axes in [["y", "x", "c"], ["x", "c", "y"], ["x", "y", "z", "t", "c"]] {
            let lengths = ["c": 3, "y": 7, "x": 9, "z": 2, "t": 2]
            (image.axes, image.shape, image.chunks) = (axes, axes.compactMap { lengths[$0] }, axes.map { $0 == "y" ? 4 : 2 })
            let path = try image.write(to: scratch, "\(axes).zarr")
            #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole), "\(axes)")
        }
    }

    @Test func `metadata of version 0.4 in Zarr v3, and of 0.5 without a version, are read`() throws {
        var image = HandmadeZarr()
        image.version = 3
        let whole = image.pixels(image.whole)
        #expect(try ImageFile.readAll(path: write(image, ["\"version\": \"0.5\", ": ""], in: "zarr.json")) == whole)
        let text = try #require(image.documents["zarr.json"])
        let inner = text.replacing("{\"ome\": ", with: "").replacing("\"0.5\"", with: "\"0.5\"").replacing("}}}", with: "}}")
        _ = try scratch.write(Array(inner.utf8), to: "image.zarr/zarr.json")
        #expect(try ImageFile.readAll(path: scratch.path("image.zarr")) == whole)
    }

    // MARK: Elements

    private static let fills: [(version: Int, element: ElementType, fill: String, value: Int)] = [
        (2, .uint8, "\"0\"", 0), (2, .uint8, "\"200\"", 200), (2, .uint8, "7.0", 7), (2, .uint8, "\"7.0\"", 7),
        (2, .uint16, "null", 0), (3, .uint16, "\"0x1234\"", 0x1234), (2, .int16, "\"-5\"", -5), (3, .bool, "true", 1),
        (2, .bool, "\"false\"", 0), (2, .bool, "0", 0), (2, .int64, "-3", -3), (3, .uint64, "\"9\"", 9),
        (2, .float32, "\"1.5e1\"", 15), (3, .float32, "\"0x41200000\"", 10), (3, .float64, "\"0x4024000000000000\"", 10),
        (3, .float16, "\"0x4900\"", 10), (2, .float64, "10", 10),
    ]

    @Test(arguments: fills)
    func `a fill value is read in each of its notations`(
        fill: (version: Int, element: ElementType, fill: String, value: Int)
    ) throws {
        var image = HandmadeZarr()
        (image.version, image.stored, image.type) = (fill.version, fill.element, fill.element.sampleType)
        (image.fillText, image.fillValue, image.isMissing) = (fill.fill, fill.value, { $0 == [0, 1] })
        #expect(try ImageFile.readAll(path: image.write(to: scratch)) == image.pixels(image.whole))
    }

    @Test(arguments: [
        ("\"NaN\"", Float.nan), ("\"Infinity\"", .infinity), ("\"-Infinity\"", -.infinity), ("\"0x7fc00000\"", .nan),
    ])
    func `floats may be filled with what is no number`(text: String, expected: Float) throws {
        var image = HandmadeZarr()
        (image.version, image.type, image.fillText, image.isMissing) = (3, .float32, text, { $0 == [0, 0] })
        let pixels = try ImageFile.readAll(path: image.write(to: scratch))
        #expect(pixels.value(at: 0).isNaN == expected.isNaN)
        #expect(expected.isNaN || pixels.value(at: 0) == Double(expected))
        #expect(pixels.value(at: 8).isFinite)
    }

    @Test func `floats of 64 bits are rounded, which is said`() throws {
        var image = HandmadeZarr()
        (image.type, image.stored) = (.float32, .float64)
        let path = try image.write(to: scratch)
        var chunk = try scratch.bytes("image.zarr/0/0/0")
        chunk.replaceSubrange(0..<8, with: Bytes.little((1.0 / 3).bitPattern))
        _ = try scratch.write(chunk, to: "image.zarr/0/0/0")
        #expect(try ImageFile.readAll(path: path).value(at: 0) == Double(Float(1.0 / 3)))
        #expect(try ImageFile.contents(path: path).notes == [ImageNote(.precision, "values of 64 bits are rounded to float32")])
    }

    @Test func `floats of 16 bits are widened exactly`() {
        // Each of these is sign × fraction × 2^exponent by the definition of the type.
        let cases: [(UInt16, Float)] = [
            (0x0000, 0), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504), (0x0400, 0x1p-14), (0x0001, 0x1p-24), (0x03FF, 0x3FFp-24),
            (0x3555, 0x1.554p-2), (0x7C00, .infinity), (0xFC00, -.infinity),
        ]
        for (bits, value) in cases { #expect(HalfFloat(bits: bits).float == value) }
        #expect(HalfFloat(bits: 0x7E00).float.isNaN)
        #expect(HalfFloat(bits: 0x8000).float.sign == .minus)
    }

    @Test(arguments: [ElementType.int64, .uint64], [false, true])
    func `integers of 64 bits are read exactly, as labels and images, or refused by their place`(
        element: ElementType, isBigEndian: Bool
    ) throws {
        var image = HandmadeZarr()
        (image.stored, image.type, image.isBigEndian) = (element, element.sampleType, isBigEndian)
        let path = try image.write(to: scratch)
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
        var chunk = try scratch.bytes("image.zarr/0/1/1")
        func put(_ value: UInt64, at index: Int) throws {
            let bytes = Bytes.little(value)
            chunk.replaceSubrange(8 * index..<8 * index + 8, with: isBigEndian ? bytes.reversed() : bytes)
            _ = try scratch.write(chunk, to: "image.zarr/0/1/1")
        }
        // Beyond the image's end, as 4 × 5 pixels of a chunk are 3 × 4 of the image, anything may be.
        try put(1 << 40, at: 4)
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
        try put(1 << 40, at: 7)
        let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        let type = element == .int64 ? "int32" : "uint32"
        #expect(
            error?.description == "\(path)/0/1/1: element [5, 7]: expected a value that \(type) can hold, found the "
                + "\(element.rawValue) 1099511627776")
    }

    @Test func `labels of 64 bits are labels if they fit`() throws {
        var image = HandmadeZarr()
        (image.stored, image.type) = (.int64, .int32)
        let path = try image.write(to: scratch)
        let error = #expect(throws: ImageError.self) { try ImageFile.readAllLabels(path: path) }
        #expect(error?.description.contains("row 0, column 0: expected a label from 0 to 65535, found 120027") == true)
        for position in ["0/0", "0/1", "1/0", "1/1"] {
            _ = try scratch.write((0..<20).flatMap { Bytes.little(Int64($0)) }, to: "image.zarr/0/\(position)")
        }
        let labels = try ImageFile.readAllLabels(path: path).labels
        #expect(labels.prefix(5) == [0, 1, 2, 3, 4])
        #expect(labels[9..<14] == [5, 6, 7, 8, 9])
        // Far below 0 is unlabelled as -1 is; far above is refused by its place.
        var chunk = try scratch.bytes("image.zarr/0/0/0")
        chunk.replaceSubrange(8..<16, with: Bytes.little(Int64.min))
        _ = try scratch.write(chunk, to: "image.zarr/0/0/0")
        #expect(try ImageFile.readAllLabels(path: path).labels.prefix(3) == [0, 0, 2])
        chunk.replaceSubrange(8..<16, with: Bytes.little(Int64.max))
        _ = try scratch.write(chunk, to: "image.zarr/0/0/0")
        let large = #expect(throws: ImageError.self) { try ImageFile.readAllLabels(path: path) }
        #expect(
            large?.description.contains("row 0, column 1: expected a label from 0 to 65535, found 2147483647 or more") == true)
    }

    @Test func `a bool is full intensity in an image and 1 among labels`() throws {
        var image = HandmadeZarr()
        (image.stored, image.fillText, image.fillValue, image.isMissing) = (.bool, "true", 1, { $0 == [0, 0] })
        let path = try image.write(to: scratch)
        #expect(Set(try ImageFile.readAll(path: path).bytes) == [0, 255])
        let expected = image.pixels(image.whole).bytes.map { UInt16($0 / 255) }
        #expect(try ImageFile.readAllLabels(path: path).labels == expected)
    }

    @Test func `a fill value that no sample can hold matters only where a chunk is missing`() throws {
        var image = HandmadeZarr()
        (image.stored, image.type, image.fillText) = (.uint64, .uint32, "18446744073709551615")
        let path = try image.write(to: scratch)
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
        try FileManager.default.removeItem(atPath: "\(path)/0/1/0")
        let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        #expect(
            error?.description.contains("chunk [1, 0], which is not there: expected a fill value that uint32 can hold") == true)
    }

    // MARK: What is said

    @Test func `levels that cannot be read, other series and other images of a group are told`() throws {
        let image = HandmadeZarr()
        let path = try write(
            image,
            [
                "[{\"path\": \"0\"}]": "[{\"path\": \"0\"}, {\"path\": \"0\"}, {\"path\": \"2\"}, {\"path\": \"3\"}]",
                "\"0.4\"}": "\"0.4\", \"name\": \"main\"}, {\"version\": \"0.4\"}",
            ])
        let contents = try ImageFile.contents(path: path)
        #expect(contents.levels.count == 2)
        #expect(
            contents.notes == [
                ImageNote(.series, "2 multiscale images in the group, of which only the first, \"main\", is used"),
                ImageNote(.levels, "levels 2 to 3 cannot be read (expected the array of level 2, found none)"),
            ])
        for name in ["0", "1"] { try image.write(to: scratch, "all.zarr/\(name)") }
        _ = try scratch.write(Array("{\"bioformats2raw.layout\": 3}".utf8), to: "all.zarr/.zattrs")
        let series = { try ImageFile.contents(path: scratch.path("all.zarr")).notes }
        #expect(try series() == [ImageNote(.series, "several series, of which only 0 is used")])
        try scratch.makeFolder("all.zarr/OME")
        _ = try scratch.write(Array("{\"series\": [\"1\", \"0\", \"1\"]}".utf8), to: "all.zarr/OME/.zattrs")
        #expect(try series() == [ImageNote(.series, "3 series, of which only 1 is used")])
        _ = try scratch.write(Array("{\"series\": [\"1\"]}".utf8), to: "all.zarr/OME/.zattrs")
        #expect(try series() == [])
    }

    @Test(arguments: [2, 3], [true, false])
    func `chunks that are not there are counted, even if they are all`(version: Int, isNested: Bool) throws {
        var image = HandmadeZarr()
        (image.version, image.isNested, image.chunks, image.fillValue) = (version, isNested, [2, 3], 9)
        image.isMissing = { $0[0] == 1 || $0 == [0, 0] }
        let path = try image.write(to: scratch)
        // What is no chunk does not count: another file, a place beyond the grid, another notation of a number.
        for name in ["notes.txt", "9.9", "00.0"] { _ = try scratch.write([1], to: "image.zarr/0/\(name)") }
        let text = "4 of 12 chunks are not there and are read as 9, the fill value; was the copy complete?"
        #expect(try ImageFile.contents(path: path).notes == [ImageNote(.missing, text)])
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
        image.isMissing = { _ in true }
        let empty = try image.write(to: scratch, "empty.zarr")
        let none = "12 of 12 chunks are not there and are read as 9, the fill value; was the copy complete?"
        #expect(try ImageFile.contents(path: empty).notes == [ImageNote(.missing, none)])
        #expect(try ImageFile.readAll(path: empty) == image.pixels(image.whole))
    }

    @Test func `of shards the files are counted`() throws {
        var image = HandmadeZarr()
        (image.version, image.chunks, image.sharding) = (3, [2, 3], .end([4, 6]))
        let path = try image.write(to: scratch)
        #expect(try ImageFile.contents(path: path).notes == [])
        try FileManager.default.removeItem(atPath: "\(path)/0/c/1/0")
        let text = "1 of 4 shards is not there and is read as 0, the fill value; was the copy complete?"
        #expect(try ImageFile.contents(path: path).notes == [ImageNote(.missing, text)])
    }

    // MARK: Channels and masks

    @Test func `of up to 1024 channels those that are chosen are read, in their order, and no chunk besides`() throws {
        var image = HandmadeZarr()
        (image.axes, image.shape, image.chunks, image.type) = (["c", "y", "x"], [1024, 3, 4], [5, 2, 4], .uint32)
        let path = try image.write(to: scratch)
        let open = { (channels: [Int]?) throws in
            try OMEImage(FolderStore(path: path), limits: ImageLimits()).open(ImageSelection(channels: channels))
        }
        #expect(try open(nil).read(image.whole) == image.pixels(image.whole))
        // Chunks of other channels are made unreadable.
        for chunk in 0..<205 where ![0, 1, 204].contains(chunk) {
            for row in 0..<2 { _ = try scratch.write([1], to: "image.zarr/0/\(chunk)/\(row)/0") }
        }
        #expect(throws: ImageError.self) { try open([10]).read(image.whole) }
        let chosen = [1023, 0, 4, 7]
        let some = try open(chosen)
        #expect(some.info.channels == 4)
        #expect(try some.read(image.whole) == image.pixels(image.whole, channels: chosen))
        let window = PixelRect(x: 1, y: 1, width: 2, height: 2)
        #expect(try some.read(window) == image.pixels(window, channels: chosen))
        #expect(
            try ImageFile.readAll(path: path, ImageSelection(channels: chosen)) == image.pixels(image.whole, channels: chosen))
        let error = #expect(throws: ImageError.self) { try open([3, 1024]) }
        #expect(error?.description == "\(path)/0: expected channels from 0 to 1023, found channel 1024")
        image.shape[0] = 1025
        let wide = try image.write(to: scratch, "wide.zarr")
        #expect(throws: ImageError.unsupported(path: "\(wide)/0", reason: "expected 1 to 1024 channels, found 1025")) {
            try OMEImage(FolderStore(path: wide), limits: ImageLimits()).open(.first)
        }
    }

    @Test(arguments: [SampleType.uint16, .int16, .float32])
    func `pixels of the fill value have no data if that is asked for`(type: SampleType) throws {
        var image = HandmadeZarr()
        (image.type, image.isMissing, image.fillValue) = (type, { $0 == [0, 1] }, type == .uint16 ? 60_000 : -5)
        let path = try image.write(to: scratch)
        #expect(try ImageFile.readAll(path: path).validity == nil)
        let pixels = try ImageFile.readAll(path: path, ImageSelection(noData: .fill))
        let mask: [UInt8] = (0..<63).map { pixel in
            let isMissing = pixel / 9 < 4 && pixel % 9 >= 5
            return isMissing ? 0 : 1
        }
        #expect(pixels.validity == mask)
        #expect(pixels.bytes == image.pixels(image.whole).bytes)
    }
}
