@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Maps that are written tile by tile, against values worked out by hand.
@Suite struct TileWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func target(
        _ kind: MapKind, _ name: String, width: Int, height: Int, labels: [Int], stack: StackShape? = nil
    ) -> MapTarget {
        let classes = labels.enumerated().map { SegmentationClass(label: $1, name: "class\($0)", colour: .classColour($0)) }
        return MapTarget(
            kind: kind, path: folder(name), key: nil, width: width, height: height, classes: classes, metadata: .none,
            stack: stack)
    }

    /// What of `values` a tile is sent: `[plane][row][column]`, `size` bytes each.
    private static func part(_ core: PixelRect, of values: [UInt8], width: Int, height: Int, size: Int) -> [UInt8] {
        let planeByteCount = width * height * size
        return (0..<values.count / planeByteCount).flatMap { plane in
            (core.y..<core.endY).flatMap { row -> ArraySlice<UInt8> in
                let first = plane * planeByteCount + (row * width + core.x) * size
                return values[first..<first + core.width * size]
            }
        }
    }

    /// Writes a map in tiles of a side, from the last tile of the last page to the first; returns the names of its files.
    ///
    /// - Parameters:
    ///   - pages: what workers send of each page, as one tile.
    ///   - size: of a value, in bytes.
    private func write(
        _ target: MapTarget, _ pages: [[UInt8]], side: Int, size: Int = 1, pixels: PixelBuffer? = nil
    ) throws -> [String] {
        let writer = try MapFormat(ofPath: target.path).writer(of: target)
        let grid = TileGrid(imageWidth: target.width, imageHeight: target.height, tileSide: side, haloPixels: 0)
        let sentKind = pixels == nil ? target.kind : .labels
        for page in pages.indices.reversed() {
            for index in (0..<grid.count).reversed() {
                let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
                let values = Self.part(tile.core, of: pages[page], width: target.width, height: target.height, size: size)
                let segmented = SegmentedTile(
                    tile, page: page, sent: [sentKind: values], pixels: pixels?.cropped(to: tile.core))
                try writer.write(segmented)
            }
        }
        try writer.seal()
        try writer.publish()
        return writer.paths
    }

    private func labels(_ path: String) throws -> [Int] {
        guard path.hasSuffix(".npy") else { return try ImageFile.readAllLabels(path: path).labels.map(Int.init) }
        let reader = try NPYReader(path: path)
        return try reader.integers(rows: 0..<reader.header.shape[0])
    }

    private static func bytes<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    /// Tiles that divide the image, that do not, that are pixels, and that are larger than it.
    @Test(arguments: [1, 2, 3, 5, 100], ["png", "tif", "npy", "zarr"])
    func `labels are those of the classes, whatever the tiles`(side: Int, ending: String) throws {
        let classes: [UInt8] = [
            0, 1, 2, 0, 1,
            2, 2, 2, 255, 0,
            1, 1, 1, 1, 1,
        ]
        let name = "labels.\(ending)"
        let paths = try write(target(.labels, name, width: 5, height: 3, labels: [1, 7, 3]), [classes], side: side)
        #expect(paths == [folder(name)])
        let found = try labels(folder(name))
        #expect(
            found == [
                1, 7, 3, 1, 7,
                3, 3, 3, 0, 1,
                7, 7, 7, 7, 7,
            ])
    }

    @Test(arguments: [1, 64], ["png", "tif", "npy", "zarr"])
    func `an image of a pixel has its label`(side: Int, ending: String) throws {
        let name = "labels.\(ending)"
        _ = try write(target(.labels, name, width: 1, height: 1, labels: [1, 7]), [[1]], side: side)
        let found = try labels(folder(name))
        #expect(found == [7])
    }

    @Test(arguments: [255, 256, 65535], ["png", "tif", "npy", "zarr"])
    func `labels take as many bytes as the largest one needs`(label: Int, ending: String) throws {
        let name = "labels.\(ending)"
        _ = try write(
            target(.labels, name, width: 3, height: 2, labels: [1, label]), [[0, 1, 255, 1, 0, 0]], side: 2)
        let found = try labels(folder(name))
        #expect(found == [1, label, 0, label, 1, 1])
        if ending == "npy" {
            let expected: NPYElement = label > 255 ? .uint16 : .uint8
            #expect(try NPYReader(path: folder(name)).header.element == expected)
        }
    }

    @Test func `a palette has the colours of the classes at their labels, and greys between`() throws {
        _ = try write(target(.labels, "labels.png", width: 3, height: 1, labels: [1, 4, 3]), [[0, 1, 2]], side: 2)
        let palette = try ImageFile.openLabels(path: folder("labels.png")).palette
        #expect(palette.map(\.hex) == ["#000000", "#E69F00", "#020202", "#009E73", "#56B4E9"])
    }

    @Test(arguments: [1, 2, 9])
    func `shares in an array lie class by class at each pixel`(side: Int) throws {
        let shares: [Float] = [0, 0.25, 0.5, 0.75, 1, 0.125] + [1, 0.75, 0.5, 0.25, 0, 0.875]
        _ = try write(
            target(.probabilities, "p.npy", width: 3, height: 2, labels: [1, 2]), [Self.bytes(shares)], side: side, size: 4)
        let reader = try NPYReader(path: folder("p.npy"))
        #expect(reader.header.shape == [2, 3, 2] && reader.header.element == .float32)
        let found = try reader.floats(rows: 0..<2)
        #expect(found == [0, 1, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25, 1, 0, 0.125, 0.875])
    }

    @Test(arguments: [1, 2, 9], ["png", "tif"])
    func `shares in images are a file a class, in 16 bits`(side: Int, ending: String) throws {
        let shares: [UInt16] = [0, 65535, 1, 256, 2, 3] + [9, 8, 7, 6, 5, 65534]
        let paths = try write(
            target(.probabilities, "p.\(ending)", width: 3, height: 2, labels: [1, 2]), [Self.bytes(shares)], side: side, size: 2)
        #expect(paths == [folder("p-class0.\(ending)"), folder("p-class1.\(ending)")])
        for (path, expected) in zip(paths, [shares.prefix(6), shares.suffix(6)]) {
            let image = try ImageFile.readAll(path: path)
            #expect(image.info == ImageInfo(width: 3, height: 2, channels: 1, sampleType: .uint16))
            #expect(image.bytes == Self.bytes(Array(expected)))
        }
    }

    @Test(
        arguments: [
            (StackShape(depth: 2, times: 3), [3, 2, 2, 3]), (StackShape(depth: 1, times: 6), [6, 2, 3]),
            (StackShape(depth: 6, times: 1), [6, 2, 3]),
        ])
    func `the planes of a stack follow each other in an array`(stack: StackShape, shape: [Int]) throws {
        let pages = (0..<6).map { page in Self.bytes((0..<6).map { Float(6 * page + $0) / 64 }) }
        _ = try write(
            target(.uncertainty, "u.npy", width: 3, height: 2, labels: [1, 2], stack: stack), pages, side: 2, size: 4)
        let reader = try NPYReader(path: folder("u.npy"))
        #expect(reader.header.shape == shape)
        let found = try reader.floats(rows: 0..<shape[0])
        #expect(found == (0..<36).map { Float($0) / 64 })
    }

    /// `round(pixel · 127/255 + colour · 128/255)`, of the colours #E69F00 and #56B4E9.
    @Test(arguments: [1, 2, 5]) func `an overlay is half image, half colour`(side: Int) throws {
        let pixels = PixelBuffer(
            width: 3, height: 1, channels: 3, sampleType: .uint8, bytes: [100, 0, 255, 1, 2, 3, 0, 0, 0])
        _ = try write(
            target(.overlay, "o.png", width: 3, height: 1, labels: [1, 2]), [[0, 255, 1]], side: side, pixels: pixels)
        let found = try ImageFile.readAll(path: folder("o.png"))
        #expect(found.channels == 3 && found.bytes == [165, 80, 127, 1, 2, 3, 43, 90, 117])
    }

    @Test(
        arguments: [
            (SampleType.uint8, [7], [7, 7, 7]), (.uint8, [7, 9], [7, 9, 0]), (.uint8, [1, 2, 3, 4, 5], [1, 2, 3]),
            (.uint16, [0x1234, 0xFF00, 0x00FF], [0x12, 0xFF, 0]), (.uint32, [0x7F00_0001], [127, 127, 127]),
            (.int8, [-5], [0, 0, 0]), (.int8, [127], [255, 255, 255]), (.int16, [16384], [128, 128, 128]),
            (.int32, [-1, 2_147_483_647, 0], [0, 255, 0]),
        ] as [(SampleType, [Int], [UInt8])])
    func `an overlay shows whole numbers of all types`(type: SampleType, values: [Int], shown: [UInt8]) throws {
        let bytes = values.flatMap { value in (0..<type.byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let pixel = PixelBuffer(width: 1, height: 1, channels: values.count, sampleType: type, bytes: bytes)
        // A pixel without a class is shown as it is.
        _ = try write(target(.overlay, "o.png", width: 1, height: 1, labels: [1, 2]), [[255]], side: 4, pixels: pixel)
        let found = try ImageFile.readAll(path: folder("o.png")).bytes
        #expect(found == shown)
    }

    @Test(arguments: [(-1, 0), (0, 0), (0.5, 128), (1, 255), (7, 255)] as [(Float, UInt8)])
    func `an overlay shows floats from 0 to 1`(value: Float, shown: UInt8) throws {
        let pixel = PixelBuffer(width: 1, height: 1, channels: 1, sampleType: .float32, bytes: Self.bytes([value]))
        _ = try write(target(.overlay, "o.png", width: 1, height: 1, labels: [1, 2]), [[255]], side: 1, pixels: pixel)
        let found = try ImageFile.readAll(path: folder("o.png")).bytes
        #expect(found == [shown, shown, shown])
    }

    @Test func `no output has its name before all are complete, and the labels get theirs last`() throws {
        let paths: MapOutputs = [.labels: folder("l.png"), .uncertainty: folder("u.npy")]
        let classes = [1, 2].map { SegmentationClass(label: $0, name: "class \($0)", colour: .classColour($0)) }
        let outputs = try SegmentationOutputs(paths: paths, width: 3, height: 1, classes: classes)
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
        }
        let grid = TileGrid(imageWidth: 3, imageHeight: 1, tileSide: 2, haloPixels: 0)
        for (column, classes, doubts) in [(1, [1], [0.5]), (0, [0, 1], [0, 1])] as [(Int, [UInt8], [Float])] {
            let before = try names()
            #expect(before.isEmpty)
            let tile = grid.tile(row: 0, column: column)
            let segmented = SegmentedTile(
                tile, page: 0, sent: [.labels: classes, .uncertainty: Self.bytes(doubts)], pixels: nil)
            try outputs.write(segmented)
        }
        let finished = try outputs.finish()
        #expect(finished == [folder("u.npy"), folder("l.png")])
        let after = try names()
        #expect(after == ["l.png", "u.npy"])
        let found = try labels(folder("l.png"))
        #expect(found == [1, 2, 2])
    }
}
