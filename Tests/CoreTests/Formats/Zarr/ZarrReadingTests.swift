@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// Whatever way the elements are stored, the same pixels are read.
struct ZarrReadingTests {
    /// One way to store an image.
    struct Layout: Sendable, CustomTestStringConvertible {
        let name: String
        let image: HandmadeZarr

        init(_ name: String, _ change: (inout HandmadeZarr) -> Void = { _ in }) {
            var image = HandmadeZarr()
            change(&image)
            self.name = name
            self.image = image
        }

        var testDescription: String { name }
    }

    private static let versions = HandmadeZarr.Packing.allCases.flatMap { packing in
        [2, 3].map { version in
            Layout("version \(version), \(packing)") { ($0.version, $0.packing, $0.isNested) = (version, packing, version == 3) }
        }
    }

    private static let others = [
        Layout("nested v2") { $0.isNested = true },
        Layout("flat v3") { ($0.version, $0.isNested) = (3, false) },
        Layout("checksums") { ($0.version, $0.packing, $0.hasChecksum) = (3, .zlib, true) },
        Layout("little-endian uint16") { $0.type = .uint16 },
        Layout("big-endian uint16") { ($0.type, $0.isBigEndian) = (.uint16, true) },
        Layout("big-endian uint16, v3") { ($0.version, $0.type, $0.isBigEndian, $0.packing) = (3, .uint16, true, .gzip) },
        Layout("one chunk larger than the image") { $0.chunks = [32, 64] },
        Layout("chunks of a pixel") { $0.chunks = [1, 1] },
        Layout("channels in chunks of their own") {
            ($0.axes, $0.shape, $0.chunks) = (["c", "y", "x"], [3, 7, 9], [1, 4, 5])
        },
        Layout("channels in one chunk") { ($0.axes, $0.shape, $0.chunks) = (["c", "y", "x"], [3, 7, 9], [3, 4, 5]) },
        Layout("channels in chunks of two, uint16") {
            ($0.axes, $0.shape, $0.chunks, $0.type) = (["c", "y", "x"], [5, 7, 9], [2, 4, 5], .uint16)
        },
        Layout("five dimensions") {
            ($0.axes, $0.shape, $0.chunks) = (["t", "c", "z", "y", "x"], [2, 3, 4, 7, 9], [1, 1, 2, 4, 5])
        },
        Layout("five dimensions in one chunk, uint16") {
            ($0.axes, $0.shape, $0.chunks, $0.type) = (["t", "c", "z", "y", "x"], [2, 3, 4, 7, 9], [2, 3, 4, 7, 9], .uint16)
        },
        Layout("shards with the index at their end") {
            ($0.version, $0.sharding, $0.packing) = (3, .end([8, 10]), .zstd)
        },
        Layout("shards with the index at their start") {
            ($0.version, $0.chunks, $0.sharding, $0.type) = (3, [2, 3], .start([4, 6]), .uint16)
        },
        Layout("shards of several channels") {
            ($0.version, $0.axes, $0.shape, $0.chunks) = (3, ["c", "y", "x"], [3, 7, 9], [1, 2, 3])
            ($0.sharding, $0.packing, $0.hasChecksum) = (.end([2, 4, 6]), .gzip, true)
        },
        Layout("missing chunks") { ($0.isMissing, $0.fillValue) = ({ ($0[0] + $0[1]) % 2 == 1 }, 200) },
        Layout("missing chunks, uint16") { ($0.isMissing, $0.fillValue, $0.type) = ({ $0[1] == 0 }, 54321, .uint16) },
        Layout("nothing but one chunk") { ($0.version, $0.isMissing, $0.fillValue) = (3, { $0 != [1, 0] }, 9) },
        Layout("missing chunks in shards") {
            ($0.version, $0.sharding, $0.isMissing, $0.fillValue) = (3, .end([8, 10]), { $0[0] == $0[1] }, 7)
        },
    ]

    private static let volume = (axes: ["t", "c", "z", "y", "x"], shape: [2, 3, 4, 7, 9], chunks: [1, 2, 2, 4, 5])

    private static let orders = [
        Layout("columns first, v2") { $0.order = [1, 0] },
        Layout("columns first, uint16 in zlib, with a gap") {
            ($0.order, $0.type, $0.packing) = ([1, 0], .uint16, .zlib)
            ($0.isMissing, $0.fillValue) = ({ $0 == [1, 0] }, 77)
        },
        Layout("the first of five dimensions first, v2") {
            ($0.axes, $0.shape, $0.chunks) = volume
            ($0.order, $0.type) = ([4, 3, 2, 1, 0], .uint32)
        },
        Layout("transposed, v3") { ($0.version, $0.order, $0.type) = (3, [1, 0], .uint16) },
        Layout("five dimensions transposed") {
            ($0.axes, $0.shape, $0.chunks) = volume
            ($0.version, $0.order) = (3, [3, 0, 4, 2, 1])
        },
        Layout("transposed in shards") { ($0.version, $0.order, $0.sharding) = (3, [1, 0], .end([8, 10])) },
        Layout("shards of transposed dimensions") {
            ($0.version, $0.axes, $0.shape, $0.chunks) = (3, ["c", "y", "x"], [3, 7, 9], [1, 2, 3])
            ($0.shardOrder, $0.sharding) = ([2, 0, 1], .end([2, 4, 6]))
        },
        Layout("transposed shards of transposed dimensions") {
            ($0.version, $0.axes, $0.shape, $0.chunks) = (3, ["c", "y", "x"], [3, 7, 9], [1, 2, 3])
            ($0.order, $0.shardOrder, $0.sharding, $0.packing) = ([1, 2, 0], [2, 0, 1], .start([2, 4, 6]), .zstd)
        },
    ]

    /// Types that are stored as no sample is.
    private static let elements = [ElementType.bool, .int64, .uint64, .float16, .float64].flatMap { element in
        [(2, false), (2, true), (3, false), (3, true)].map { version, isBigEndian in
            Layout("\(element), version \(version)\(isBigEndian ? ", big-endian" : "")") {
                ($0.stored, $0.type, $0.version, $0.isBigEndian) = (element, element.sampleType, version, isBigEndian)
                ($0.packing, $0.isMissing, $0.fillText) = (.zlib, { $0 == [0, 1] }, "1")
                ($0.fillValue, $0.order) = (1, isBigEndian ? [1, 0] : nil)
            }
        }
    }

    private static let types = SampleType.allCases.flatMap { type in
        [(2, false), (2, true), (3, false), (3, true)].map { version, isBigEndian in
            Layout("\(type), version \(version)\(isBigEndian ? ", big-endian" : "")") {
                ($0.type, $0.version, $0.isBigEndian, $0.packing) = (type, version, isBigEndian, .zlib)
                ($0.axes, $0.shape, $0.chunks) = (["c", "y", "x"], [2, 7, 9], [2, 4, 5])
                ($0.isMissing, $0.fillValue) = ({ $0[1] == $0[2] }, type == .uint8 ? 200 : type == .uint16 ? 54321 : 77)
            }
        }
    }

    @Test(arguments: versions + others + orders + elements + types)
    func `every window has the pixels that were stored`(layout: Layout) throws {
        let scratch = try ScratchFolder()
        let image = layout.image
        let path = try image.write(to: scratch)
        guard case .windows(let reader) = try ImageFile.source(path: path) else {
            Issue.record("not in windows")
            return
        }
        let whole = image.pixels(image.whole)
        #expect(reader.info == whole.info)
        #expect(try reader.read(image.whole) == whole)
        var random = SplitMix64(seed: 5)
        for _ in 0..<60 {
            let x = Int.random(in: 0..<9, using: &random)
            let y = Int.random(in: 0..<7, using: &random)
            let window = PixelRect(
                x: x, y: y, width: Int.random(in: 1...9 - x, using: &random), height: Int.random(in: 1...7 - y, using: &random))
            #expect(try reader.read(window) == image.pixels(window), "\(window), seed 5")
        }
        #expect(try ImageFile.readAll(path: path) == whole)
    }

    @Test func `label images are read exactly, and not from several channels`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeZarr()
        image.type = .uint16
        let labels = try ImageFile.readAllLabels(path: image.write(to: scratch))
        let expected = (0..<63).map { image.value([$0 / 9, $0 % 9]) }
        #expect(labels.labels.map(Int.init) == expected)
        (image.axes, image.shape, image.chunks) = (["c", "y", "x"], [2, 7, 9], [1, 4, 5])
        let coloured = try image.write(to: scratch, "coloured.zarr")
        let error = #expect(throws: ImageError.self) { try ImageFile.openLabels(path: coloured) }
        #expect(error?.description == "\(coloured): expected a label map of one channel, found 2 channels")
    }

    @Test(arguments: [nil, "1", "scans/7"])
    func `of several series the first is taken`(series: String?) throws {
        let scratch = try ScratchFolder()
        let image = HandmadeZarr()
        try image.write(to: scratch, "all.zarr/\(series ?? "0")")
        _ = try scratch.write(Array("{\"bioformats2raw.layout\": 3}".utf8), to: "all.zarr/.zattrs")
        if let series {
            try scratch.makeFolder("all.zarr/OME")
            _ = try scratch.write(Array("{\"series\": [\"\(series)\", \"other\"]}".utf8), to: "all.zarr/OME/.zattrs")
        }
        #expect(try ImageFile.readAll(path: scratch.path("all.zarr")) == image.pixels(image.whole))
    }

    @Test func `links inside the folder are followed, and a slash at its end changes nothing`() throws {
        let scratch = try ScratchFolder()
        let image = HandmadeZarr()
        let path = try image.write(to: scratch)
        try FileManager.default.moveItem(atPath: "\(path)/0", toPath: "\(path)/pixels")
        try FileManager.default.createSymbolicLink(atPath: "\(path)/0", withDestinationPath: "pixels")
        #expect(try ImageFile.readAll(path: "\(path)/") == image.pixels(image.whole))
    }

    private static let coins = "formats/ome-zarr/bioformats2raw/coins.ome.zarr"

    @Test(.enabled(if: SharedData.exists(coins), "../shared/data/formats/ome-zarr is not here"))
    func `a folder of bioformats2raw is read`() throws {
        let image = try ImageFile.readAll(path: SharedData.path(Self.coins))
        #expect(image.info == ImageInfo(width: 640, height: 480, channels: 1, sampleType: .uint8))
        #expect(Set(image.bytes).count > 100)
    }
}
