@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

/// Stacks in one file: every plane, channel and overview is where its number says.
struct StackWritingTests {
    private static let width = 700
    private static let height = 30

    /// `[page]`: the planes in an order of their own, in tiles.
    private func write(_ planes: [[UInt8]], pixelByteCount: Int, to writer: any RegionWriter, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for page in planes.indices.shuffled(using: &random) {
            for x in stride(from: 0, to: Self.width, by: 300) {
                let region = PixelRect(x: x, y: 0, width: min(300, Self.width - x), height: Self.height)
                // Channel after channel, of an image that has several.
                let byteCount = Self.width * Self.height * pixelByteCount
                let bytes = stride(from: 0, to: planes[page].count, by: byteCount).flatMap { start in
                    (0..<region.height).flatMap { row in
                        let first = start + (row * Self.width + x) * pixelByteCount
                        return planes[page][first..<first + region.width * pixelByteCount]
                    }
                }
                try bytes.withUnsafeBytes { try writer.write(region, plane: page, from: $0) }
            }
        }
    }

    private func planes(_ count: Int, byteCount: Int, seed: UInt64) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in random.bytes(Self.width * Self.height * byteCount) }
    }

    @Test(arguments: [StackShape(depth: 3, times: 2), StackShape(depth: 1, times: 4), StackShape(depth: 2, times: 1)])
    func `a TIFF stack has its planes in order, each with overviews below it`(shape: StackShape) throws {
        let scratch = try ScratchFolder()
        let planes = planes(shape.pages, byteCount: 1, seed: 5)
        let metadata = ImageMetadata(
            x: AxisSampling(step: 0.5, unit: "µm"), y: AxisSampling(step: 0.5, unit: "µm"),
            z: AxisSampling(step: 2, origin: 1, unit: "µm"),
            time: AxisSampling(step: 3, unit: "s"))
        for seed in [1, 2] as [UInt64] {
            let writer = try TIFFPyramidWriter(
                path: scratch.path("\(seed).tif"), width: Self.width, height: Self.height, kind: .grey8, overviews: .topLeft,
                caption: ImageCaption(metadata: metadata, name: "labels", stack: shape))
            try write(planes, pixelByteCount: 1, to: writer, seed: seed)
            try writer.finish()
        }
        #expect(try scratch.bytes("1.tif") == scratch.bytes("2.tif"))
        let path = scratch.path("1.tif")
        let contents = try ImageFile.contents(path: path)
        #expect((contents.depth, contents.times) == (shape.depth, shape.times) && contents.levels.map(\.width) == [700, 350])
        for (page, plane) in planes.enumerated() {
            #expect(try ImageFile.readAll(path: path, ImageSelection(page: page)).bytes == plane, "page \(page)")
            let overview = try ImageFile.readAll(path: path, ImageSelection(page: page, level: 1))
            #expect(overview.bytes[351] == plane[2 * Self.width + 2] && overview.width == 350)
            let found = ImageFile.metadata(path: path, ImageSelection(page: page))
            #expect(found.x == metadata.x && found.z?.origin == 1 + 2 * Double(page % shape.depth), "page \(page)")
            #expect(found.time?.origin == 3 * Double(page / shape.depth), "page \(page)")
        }
    }

    @Test(arguments: [StackShape(depth: 3, times: 2), StackShape(depth: 1, times: 2), StackShape(depth: 4, times: 1)])
    func `an OME-Zarr stack has an axis for each kind of plane that there are several of`(shape: StackShape) throws {
        let scratch = try ScratchFolder()
        let metadata = ImageMetadata(
            x: AxisSampling(step: 0.5, unit: "µm"), z: AxisSampling(step: 2, unit: "µm"), time: AxisSampling(step: 3, unit: "s"))
        let colour = RGBColour(red: 1, green: 2, blue: 3)
        for channelCount in [0, 2] {
            let folder = "\(channelCount).zarr"
            try scratch.makeFolder(folder)
            let writer =
                channelCount == 0
                ? try ZarrMapWriter.labels(
                    folder: scratch.path(folder), width: Self.width, height: Self.height, colours: [(255, colour)],
                    metadata: metadata,
                    stack: shape)
                : try ZarrMapWriter.shares(
                    folder: scratch.path(folder), width: Self.width, height: Self.height, name: "p",
                    channels: [("a", colour), ("b", colour)], metadata: metadata, stack: shape)
            let planes = planes(shape.pages, byteCount: channelCount == 0 ? 1 : 4, seed: 6)
            try write(planes, pixelByteCount: channelCount == 0 ? 1 : 2, to: writer, seed: 3)
            writer.finish()
            let contents = try ImageFile.contents(path: scratch.path(folder))
            #expect((contents.depth, contents.times) == (shape.depth, shape.times) && contents.levels.map(\.width) == [700, 350])
            let attributes = String(decoding: try scratch.bytes("\(folder)/.zattrs"), as: UTF8.self)
            for axis in ["t", "z", "c"] {
                let isThere = axis == "t" ? shape.times > 1 : axis == "z" ? shape.depth > 1 : channelCount > 0
                #expect(attributes.contains("\"name\": \"\(axis)\"") == isThere, "\(axis) of \(shape)")
            }
            for (page, plane) in planes.enumerated() {
                let found = try ImageFile.readAll(path: scratch.path(folder), ImageSelection(page: page))
                let count = Self.width * Self.height
                var expected = plane
                if channelCount > 0 {
                    // Values of two bytes, channel after channel, become pixels of two values.
                    expected = []
                    for pixel in 0..<count {
                        for start in [2 * pixel, 2 * (count + pixel)] { expected += plane[start..<start + 2] }
                    }
                }
                #expect(found.bytes == expected, "page \(page), \(channelCount) channels")
                let place = ImageFile.metadata(path: scratch.path(folder), ImageSelection(page: page))
                #expect(shape.depth == 1 || place.z?.origin == 2 * Double(page % shape.depth))
                #expect(shape.times == 1 || place.time?.origin == 3 * Double(page / shape.depth))
            }
        }
    }

    @Test func `an array of images takes regions of each`() throws {
        let scratch = try ScratchFolder()
        let writer = try NPYWriter(path: scratch.path("a.npy"), element: .float32, shape: [2, 2, 3], pixelAxis: 1)
        for (x, y, value) in [(0, 2, 5), (1, 0, 1), (0, 0, 0), (1, 2, 6)] as [(Int, Int, Float)] {
            let region = PixelRect(x: x, y: y, width: x == 0 ? 1 : 2, height: 2)
            let values = [Float](repeating: value, count: region.area)
            try values.withUnsafeBufferPointer { try writer.write(region, $0) }
        }
        try writer.finish()
        let bytes = try scratch.bytes("a.npy")
        let values = bytes[(bytes.count - 48)...].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(values == [0, 1, 1, 0, 1, 1, 5, 6, 6, 5, 6, 6])
    }
}
