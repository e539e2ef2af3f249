import Foundation
import Testing

@testable import Formats
@testable import ImageTiles
@testable import Imaging
@testable import Primitives

@Suite struct ImageTilesTests {
    enum Kind: String, CaseIterable, Sendable {
        case pngColour, pngDeep, pngTransparent, tiffPyramid, zarrStack, zarrSigned, zarrFloat

        /// Whether it is read from the top to the bottom.
        var isInRows: Bool { [.pngColour, .pngDeep, .pngTransparent].contains(self) }

        var selection: ImageSelection { ImageSelection(masksByAlpha: self == .pngTransparent) }

        func write(to folder: TemporaryFolder) throws -> String {
            let path = folder(rawValue)
            switch self {
            case .pngColour: try TestImages.png(path, width: 701, height: 533, kind: .rgb8)
            case .pngDeep: try TestImages.png(path, width: 300, height: 1101, kind: .grey16)
            case .pngTransparent: try TestImages.transparentPNG(path, width: 613, height: 301)
            case .tiffPyramid: try TestImages.tiff(path, width: 1301, height: 777, kind: .rgb8)
            case .zarrStack:
                try TestImages.zarr(path, width: 531, height: 290, channels: 4, depth: 3, type: .uint16, chunk: 100) {
                    TestImages.bytes(TestImages.sample($0, $1, $2, $3), .uint16)
                }
            case .zarrSigned:
                try TestImages.zarr(path, width: 399, height: 301, type: .int16, chunk: 256) { x, y, _, _ in
                    TestImages.bytes((x * 31 + y * 17) % 2001 - 1000, .int16)
                }
            case .zarrFloat:
                try TestImages.zarr(path, width: 610, height: 305, channels: 2, type: .float32, chunk: 128) {
                    x, y, channel, page in
                    let isNothing = channel == 1 && (x / 4 + y / 6) % 4 == 0
                    let bits = Int(Float.nan.bitPattern)
                    return isNothing
                        ? (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
                        : TestImages.bytes(TestImages.sample(x, y, channel, page), .float32)
                }
            }
            return path
        }
    }

    /// A level of a plane, read from the image itself.
    private func whole(_ path: String, _ selection: ImageSelection) throws -> PixelBuffer {
        let source = try ImageFile.source(path: path, selection)
        let windows = ImageWindows(source, path: path)
        try windows.advance(to: 0..<windows.info.height)
        return try windows.window(PixelRect(x: 0, y: 0, width: windows.info.width, height: windows.info.height))
    }

    /// All tiles of a level are the parts of `expected`.
    private func check(
        _ service: TileService, _ image: TiledImage, level: Int, z: Int = 0, _ expected: PixelBuffer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect((image.levels[level].width, image.levels[level].height) == (expected.width, expected.height))
        let (columns, rows) = image.tileCounts(ofLevel: level)
        for row in 0..<rows {
            for column in 0..<columns {
                let tile = try await service.tile(of: image, level: level, column: column, row: row, z: z)
                let rect = PixelRect(
                    x: 256 * column, y: 256 * row, width: min(256, expected.width - 256 * column),
                    height: min(256, expected.height - 256 * row))
                #expect(
                    tile == TileBytes(expected.cropped(to: rect)), "level \(level), column \(column), row \(row)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: Kind.allCases) func `tiles of full resolution are windows of the image`(_ kind: Kind) async throws {
        let folder = try TemporaryFolder()
        let path = try kind.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path, kind.selection)
        for page in 0..<image.depth {
            var selection = kind.selection
            selection.page = page
            try await check(service, image, level: 0, z: page, whole(path, selection))
        }
        #expect(image.needsCopy == kind.isInRows)
    }

    @Test(arguments: Kind.allCases.filter { $0 != .tiffPyramid })
    func `overviews are means of pixels with data`(_ kind: Kind) async throws {
        let folder = try TemporaryFolder()
        let path = try kind.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path, kind.selection)
        var expected = try whole(path, kind.selection)
        for level in image.levels.indices.dropFirst() {
            expected = TestImages.naiveHalf(expected)
            try await check(service, image, level: level, expected)
        }
        #expect(max(expected.width, expected.height) <= 256)
    }

    @Test func `a pyramid's own levels are shown, and more below them`() async throws {
        let folder = try TemporaryFolder()
        let path = try Kind.tiffPyramid.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        let own = try ImageFile.contents(path: path).levels.count
        #expect(own == 3 && image.levels.count == 4)
        for level in 0..<own { try await check(service, image, level: level, whole(path, ImageSelection(level: level))) }
        try await check(
            service, image, level: 3, TestImages.naiveHalf(whole(path, ImageSelection(level: 2))))
    }

    @Test func `levels that are far apart get others between them`() {
        let levels = TiledImage.levels(of: [(16000, 8000), (4000, 2000), (250, 125)])
        #expect(levels.map(\.width) == [16000, 4000, 2000, 1000, 250])
        #expect(levels.map(\.origin) == [.stored(0), .stored(1), .made(base: 1), .made(base: 1), .stored(2)])
        #expect(TiledImage.levels(of: [(1001, 300), (250, 75)]).map(\.width) == [1001, 250])
        #expect(TiledImage.levels(of: [(256, 256), (128, 128)]).count == 1)
    }

    @Test(arguments: Kind.allCases.filter(\.isInRows))
    func `a working copy is the original`(_ kind: Kind) async throws {
        let folder = try TemporaryFolder()
        let path = try kind.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path, kind.selection)
        _ = try await service.tile(of: image, level: 0, column: 0, row: 0)
        let copy = try #require(service.workingCopy(of: image))
        let (original, copied) = (try whole(path, kind.selection), try whole(copy, .first))
        #expect(original.bytes == copied.bytes && original.validity == copied.validity)
        #expect((copied.validity != nil) == (kind == .pngTransparent))
        guard case .windows = try ImageFile.source(path: copy) else {
            Issue.record("a copy without windows")
            return
        }
        // Another process finds it.
        let again = TileService(cacheFolder: folder("cache"))
        #expect(again.workingCopy(of: image) == copy)
    }

    @Test func `a float copy keeps NaN and masks`() throws {
        let folder = try TemporaryFolder()
        let info = ImageInfo(width: 530, height: 300, channels: 1, sampleType: .float32)
        let bytes = (0..<info.width * info.height).flatMap { index -> [UInt8] in
            let bits = index % 7 == 0 ? Float.nan.bitPattern : Float(index).bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
        }
        try FileManager.default.createDirectory(atPath: folder("copy"), withIntermediateDirectories: true)
        let writer = try ZarrImageWriter(folder: folder("copy"), info: info, isMasked: false)
        var pixels = PixelBuffer(width: info.width, height: info.height, channels: 1, sampleType: .float32, bytes: bytes)
        // In bands that are no whole chunks.
        for row in stride(from: 0, to: info.height, by: 77) {
            try writer.append(
                pixels.cropped(to: PixelRect(x: 0, y: row, width: info.width, height: min(77, info.height - row))))
        }
        writer.finish()
        #expect(try ImageFile.readAll(path: folder("copy")).bytes == bytes)
        pixels.maskNotNumbers()
        for level in 1...2 {
            pixels = TestImages.naiveHalf(pixels)
            #expect(try whole(folder("copy"), ImageSelection(level: level)) == pixels)
        }
    }

    @Test(arguments: [1, 2, 3, 64]) func `halving is the plain mean`(_ channels: Int) {
        var random = SplitMix64(seed: UInt64(channels))
        for type in SampleType.allCases {
            for (width, height) in [(1, 1), (2, 3), (7, 4)] {
                let count = width * height * channels
                var bytes = (0..<count * type.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
                if type.isFloat { bytes = (0..<count).flatMap { TestImages.bytes($0 * 311 + 5, .float32) } }
                for mask in [nil, (0..<width * height).map { _ in UInt8.random(in: 0...1, using: &random) }] {
                    let pixels = PixelBuffer(
                        width: width, height: height, channels: channels, sampleType: type, bytes: bytes, validity: mask)
                    #expect(pixels.halved() == TestImages.naiveHalf(pixels), "\(type) \(width)×\(height)")
                }
            }
        }
    }

    @Test func `a tile says what it is in its first eight bytes`() {
        let bytes: [UInt8] = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]
        let pixels = PixelBuffer(
            width: 3, height: 1, channels: 2, sampleType: .uint16, bytes: bytes, validity: [1, 0, 1])
        #expect(
            TileBytes(pixels).bytes == [3, 0, 1, 0, 2, 2, 0, 1] + [1, 0, 3, 0, 5, 0] + [2, 0, 4, 0, 6, 0] + [1, 0, 1])
    }

    @Test func `channels have the names and colours of the file`() async throws {
        let folder = try TemporaryFolder()
        let path = try Kind.zarrStack.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path, ImageSelection(channels: [2, 0]))
        #expect(image.channelNames == ["channel 2", "channel 0"])
        #expect(image.channelColours.map(\.hex) == ["#00FF02", "#00FF00"])
        #expect((image.depth, image.times, image.info.channels) == (3, 1, 2))
    }

    @Test func `values and histograms are those of the pixels`() async throws {
        let folder = try TemporaryFolder()
        let path = try Kind.zarrStack.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        let pixels = try whole(path, ImageSelection(page: 1))
        let values = try await service.values(of: image, x: 400, y: 288, z: 1)
        #expect(values == (0..<4).map { pixels.value(at: (288 * 531 + 400) * 4 + $0) })
        let histograms = try await service.histograms(of: image, z: 1)
        for (channel, histogram) in histograms.enumerated() {
            let all = (0..<531 * 290).map { pixels.value(at: $0 * 4 + channel) }.sorted()
            #expect((histogram.min, histogram.max) == (all.first, all.last))
            #expect(histogram.low == all[all.count / 1000] && histogram.high == all[all.count * 999 / 1000])
            #expect(histogram.counts.count == 256 && histogram.counts.reduce(0, +) == all.count)
            let tenth = all.count { Int(($0 - histogram.start) / histogram.step) == 10 }
            #expect(histogram.counts[10] == tenth)
        }
    }

    @Test func `what is outside is said in one line`() async throws {
        let folder = try TemporaryFolder()
        let path = try Kind.zarrSigned.write(to: folder)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        for (level, column, row, z) in [(2, 0, 0, 0), (-1, 0, 0, 0), (0, 2, 0, 0), (0, 0, -1, 0), (0, 0, 0, 1)] {
            let error = await #expect(throws: TileError.self) {
                try await service.tile(of: image, level: level, column: column, row: row, z: z)
            }
            guard case .outside(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(!reason.contains("\n"))
        }
        await #expect(throws: TileError.self) { try await service.values(of: image, x: 399, y: 0) }
        await #expect(throws: TileError.self) { try await service.describe(folder("missing")) }
    }
}
