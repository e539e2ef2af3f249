import Foundation
import Testing

@testable import Formats
@testable import ImageTiles
@testable import Imaging
@testable import Primitives

@Suite struct TileServiceTests {
    /// Reports of a service, in their order.
    private final class Reports: Sendable {
        let stream: AsyncStream<TileReport>
        let continuation: AsyncStream<TileReport>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        /// Waits until all of a plane is made.
        func waitForEnd() async {
            for await report in stream { if case .progress(_, _, 1) = report { return } }
        }
    }

    /// Of 8 bits and without levels; only some chunks are there.
    private func sparse(_ path: String, side: Int, chunk: Int = 512) throws {
        try TestImages.zarr(
            path, width: side, height: side - 100, type: .uint8, chunk: chunk, isThere: { ($0 + 3 * $1) % 7 == 0 }
        ) { x, y, _, _ in [UInt8(truncatingIfNeeded: x / 3 + y * 5)] }
    }

    @Test func `far levels are made in the background, and kept`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try sparse(path, side: 9300)
        let reports = Reports()
        let service = TileService(cacheFolder: folder("cache"), report: { reports.continuation.yield($0) })
        let image = try await service.describe(path)
        let top = image.levels.count - 1
        #expect(image.levels.map(\.width) == [9300, 4650, 2325, 1163, 582, 291, 146])
        var tile: TileBytes?
        var waits = 0
        while tile == nil {
            do throws(TileError) {
                tile = try await service.tile(of: image, level: top, column: 0, row: 0)
            } catch {
                guard case .notReady(let progress) = error else { throw error }
                #expect(progress < 1)
                waits += 1
                await reports.waitForEnd()
            }
        }
        #expect(waits <= 1 && service.progress(of: image) == 1)
        var expected = try ImageFile.readAll(path: path)
        for _ in 0..<top { expected = expected.halved() }
        #expect(tile == TileBytes(expected))
        // The next process finds the units: nothing is to be made.
        #expect(service.cachedByteCounts.disk > 0)
        let again = TileService(cacheFolder: folder("cache"))
        #expect(try await again.tile(of: image, level: top, column: 0, row: 0) == tile)
    }

    @Test(arguments: [0, 1, 2]) func `a window on one's own thread is put together from tiles`(level: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try TestImages.zarr(path, width: 2100, height: 1500, channels: 2, type: .uint16, chunk: 300) { x, y, _, _ in
            [UInt8(truncatingIfNeeded: x * 7 + y), UInt8(truncatingIfNeeded: y * 3)]
        }
        var expected = try ImageFile.readAll(path: path)
        for _ in 0..<level { expected = expected.halved() }
        let service = TileService(cacheFolder: folder("cache"))
        let image = try service.describeHere(path)
        #expect(try await service.describe(path) == image)
        let whole = PixelRect(x: 0, y: 0, width: expected.width, height: expected.height)
        for rect in [whole, PixelRect(x: 255, y: 1, width: 2, height: 300), PixelRect(x: 100, y: 130, width: 256, height: 200)] {
            #expect(try service.window(rect, of: image, level: level) == expected.cropped(to: rect), "\(rect)")
        }
    }

    @Test func `a window of what is copied first is there once the copy is`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.png")
        try TestImages.png(path, width: 700, height: 500, kind: .rgb8)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try service.describeHere(path)
        #expect(image.needsCopy)
        // Waits for the copy.
        let tile = try await service.tile(of: image, level: 1, column: 1, row: 0)
        let rect = PixelRect(x: 256, y: 0, width: 94, height: 250)
        #expect(TileBytes(try service.window(rect, of: image, level: 1)) == tile)
        let corner = PixelRect(x: 600, y: 400, width: 100, height: 100)
        #expect(try service.window(corner, of: image, level: 0) == ImageFile.readAll(path: path).cropped(to: corner))
    }

    @Test func `chunks that are not there cost nothing`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        // 10 gigapixels, of which one chunk is stored.
        try TestImages.zarr(path, width: 102_400, height: 102_400, type: .uint8, chunk: 1024, isThere: { ($0, $1) == (50, 7) }) {
            _, _, _, _ in [200]
        }
        let reports = Reports()
        let service = TileService(cacheFolder: folder("cache"), report: { reports.continuation.yield($0) })
        let image = try await service.describe(path)
        let top = image.levels.count - 1
        var tile: TileBytes?
        while tile == nil {
            do throws(TileError) {
                tile = try await service.tile(of: image, level: top, column: 0, row: 0)
            } catch {
                guard case .notReady = error else { throw error }
                await reports.waitForEnd()
            }
        }
        let bytes = try #require(tile).bytes.dropFirst(TileBytes.headerByteCount)
        // Level 9 has 200 pixels a side of 512 each: four of them lie in the chunk.
        #expect(image.levels[top].width == 200)
        #expect(bytes.count { $0 == 200 } == 4 && bytes.count { $0 == 7 } == 200 * 200 - 4)
    }

    @Test func `many requests at once get what one by one gets`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try TestImages.zarr(path, width: 2100, height: 1500, channels: 2, type: .uint16, chunk: 300) {
            TestImages.bytes(TestImages.sample($0, $1, $2, $3), .uint16)
        }
        let alone = TileService(cacheFolder: folder("alone"))
        let image = try await alone.describe(path)
        let places = image.levels.indices.flatMap { level -> [TilePlace] in
            let (columns, rows) = image.tileCounts(ofLevel: level)
            return (0..<columns * rows).map { TilePlace(level: level, column: $0 % columns, row: $0 / columns) }
        }
        var expected: [TilePlace: TileBytes] = [:]
        for place in places {
            expected[place] = try await alone.tile(of: image, level: place.level, column: place.column, row: place.row)
        }
        let together = TileService(cacheFolder: folder("together"), limits: TileLimits(memoryByteCountMax: 2 << 20))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let asked = (places + places + places).shuffled(using: &random)
        try await withThrowingTaskGroup(of: (TilePlace, TileBytes).self) { group in
            for place in asked {
                group.addTask {
                    (place, try await together.tile(of: image, level: place.level, column: place.column, row: place.row))
                }
            }
            for try await (place, tile) in group { #expect(tile == expected[place], "\(place), seed \(seed)") }
        }
    }

    @Test func `memory and disk are bounded`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try TestImages.zarr(path, width: 3000, height: 3000, type: .uint8, chunk: 500) { x, y, _, _ in
            [UInt8(truncatingIfNeeded: (x * 7919 + y * 104_729) >> 3)]
        }
        let limits = TileLimits(diskByteCountMax: 300_000, memoryByteCountMax: 400_000)
        let service = TileService(cacheFolder: folder("cache"), limits: limits)
        let image = try await service.describe(path)
        for round in 0..<2 {
            for level in image.levels.indices {
                let (columns, rows) = image.tileCounts(ofLevel: level)
                for index in 0..<columns * rows {
                    _ = try await service.tile(of: image, level: level, column: index % columns, row: index / columns)
                    let (memory, disk) = service.cachedByteCounts
                    #expect(memory <= 400_000 && disk <= 300_000, "round \(round)")
                }
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder("cache/overviews"))
        let sizes = try files.map { name in
            try FileManager.default.attributesOfItem(atPath: folder("cache/overviews/\(name)"))[.size] as? Int ?? 0
        }
        #expect(!files.isEmpty && sizes.reduce(0, +) <= 300_000)
    }

    @Test func `a damaged tile in the cache is made again`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try TestImages.zarr(path, width: 1300, height: 1300, type: .uint8, chunk: 500) { x, y, _, _ in
            [UInt8(truncatingIfNeeded: x * 7 + y * 3)]
        }
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        let tile = try await service.tile(of: image, level: 3, column: 0, row: 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder("cache/overviews"))
        #expect(!names.isEmpty)
        for name in names { try Data("cut off".utf8).write(to: URL(fileURLWithPath: folder("cache/overviews/\(name)"))) }
        let again = TileService(cacheFolder: folder("cache"))
        #expect(try await again.tile(of: image, level: 3, column: 0, row: 0) == tile)
    }

    @Test func `a file that has changed has another key, and its old tiles are not made any more`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image")
        try TestImages.tiff(path, width: 600, height: 300, kind: .grey8)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        #expect(try await service.describe(path) == image)
        try TestImages.tiff(path, width: 601, height: 300, kind: .grey8)
        let other = try await service.describe(path)
        #expect(other.contentKey != image.contentKey && other.info.width == 601)
        let late = TileService(cacheFolder: folder("late"))
        await #expect(throws: TileError.changed(path: path)) {
            try await late.tile(of: image, level: 0, column: 0, row: 0)
        }
        #expect(try await service.describe(path, ImageSelection(noData: .value(3))).contentKey != other.contentKey)
    }

    @Test func `where nothing can be kept, tiles come still, and that is said once`() async throws {
        let folder = try TemporaryFolder()
        // Files where the folders should be.
        try FileManager.default.createDirectory(atPath: folder("cache"), withIntermediateDirectories: true)
        _ = try folder.write("", to: "cache/overviews")
        _ = try folder.write("", to: "cache/copies")
        let reports = Reports()
        let service = TileService(cacheFolder: folder("cache"), report: { reports.continuation.yield($0) })
        try TestImages.png(folder("one.png"), width: 700, height: 900, kind: .rgb8)
        try TestImages.png(folder("two.png"), width: 700, height: 900, kind: .grey8)
        for name in ["one.png", "two.png"] {
            let image = try await service.describe(folder(name))
            var expected = try ImageFile.readAll(path: folder(name))
            let top = image.levels.count - 1
            for _ in 0..<top { expected = expected.halved() }
            #expect(try await service.tile(of: image, level: top, column: 0, row: 0) == TileBytes(expected))
            #expect(service.workingCopy(of: image) == nil)
        }
        reports.continuation.finish()
        var messages: [String] = []
        for await report in reports.stream { if case .message(let text) = report { messages.append(text) } }
        #expect(messages.count == 2 && Set(messages).count == 2, "\(messages)")
    }

    @Test func `copies are bounded, and one that is gone is made again`() async throws {
        let folder = try TemporaryFolder()
        let service = TileService(cacheFolder: folder("cache"), limits: TileLimits(copyByteCountMax: 1))
        var images: [TiledImage] = []
        for name in ["one.png", "two.png"] {
            try TestImages.png(folder(name), width: 700, height: 300, kind: .grey16)
            let image = try await service.describe(folder(name))
            _ = try await service.tile(of: image, level: 0, column: 0, row: 0)
            images.append(image)
        }
        #expect(service.workingCopy(of: images[0]) == nil && service.workingCopy(of: images[1]) != nil)
        // The first copy went while it was open.
        var tile: TileBytes?
        var waits = 0
        while tile == nil {
            do throws(TileError) {
                tile = try await service.tile(of: images[0], level: 0, column: 2, row: 1)
            } catch {
                guard case .notReady = error else { throw error }
                waits += 1
            }
        }
        #expect(waits == 1)
        let rect = PixelRect(x: 512, y: 256, width: 188, height: 44)
        #expect(try tile == TileBytes(ImageFile.readAll(path: folder("one.png")).cropped(to: rect)))
    }

    @Test func `requests that are called off leave nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try sparse(path, side: 5000)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        let tasks = (0..<40).map { index in
            Task {
                try await service.tile(of: image, level: index % image.levels.count, column: 0, row: 0)
            }
        }
        for task in tasks { task.cancel() }
        for task in tasks {
            if case .failure(let error) = await task.result {
                let reason = error as? TileError
                var isExpected = reason == .cancelled
                if case .notReady? = reason { isExpected = true }
                #expect(isExpected, "\(error)")
            }
        }
        let whole = try ImageFile.readAll(path: path)
        let tile = try await service.tile(of: image, level: 0, column: 0, row: 0)
        #expect(tile == TileBytes(whole.cropped(to: PixelRect(x: 0, y: 0, width: 256, height: 256))))
    }

    @Test func `a damaged copy is made again`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.png")
        try TestImages.png(path, width: 700, height: 300, kind: .grey8)
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        _ = try await service.tile(of: image, level: 0, column: 0, row: 0)
        let copy = try #require(service.workingCopy(of: image))
        try Data().write(to: URL(fileURLWithPath: "\(copy)/0/0/0/1"))
        let again = TileService(cacheFolder: folder("cache"))
        await #expect(throws: TileError.notReady(progress: 0)) {
            try await again.tile(of: image, level: 0, column: 2, row: 0)
        }
        let expected = try ImageFile.readAll(path: path).cropped(to: PixelRect(x: 512, y: 0, width: 188, height: 256))
        #expect(try await again.tile(of: image, level: 0, column: 2, row: 0) == TileBytes(expected))
    }

    @Test func `copies that are left half done, and those of an earlier content, go`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.png")
        // No process has this number.
        try FileManager.default.createDirectory(
            atPath: folder("cache/copies/.2147483646-x.part/0"), withIntermediateDirectories: true)
        let service = TileService(cacheFolder: folder("cache"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("cache/copies")).isEmpty)
        for width in [300, 301, 302] {
            try TestImages.png(path, width: width, height: 300, kind: .grey8)
            let image = try await service.describe(path)
            _ = try await service.tile(of: image, level: 0, column: 0, row: 0)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("cache/copies")).count == 1)
    }

    @Test func `a damaged image is an error of one line`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.png")
        try TestImages.png(path, width: 300, height: 300, kind: .grey8)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        for _ in 0..<2 {
            let error = await #expect(throws: TileError.self) {
                try await service.tile(of: image, level: 0, column: 0, row: 0)
            }
            guard case .image(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.path == path && !reason.description.contains("\n"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("cache/copies")).isEmpty)
    }

    @Test func `a plane of another size is an error, not a crash`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("image.zarr")
        try TestImages.zarr(path, width: 600, height: 300, type: .uint8, chunk: 256) { _, _, _, _ in [1] }
        let service = TileService(cacheFolder: folder("cache"))
        let image = try await service.describe(path)
        // The array changes, which the key of a folder does not show.
        let metadata = try String(contentsOfFile: "\(path)/0/.zarray", encoding: .utf8)
        try Data(metadata.replacing("300,600", with: "300,500").utf8).write(to: URL(fileURLWithPath: "\(path)/0/.zarray"))
        let late = TileService(cacheFolder: folder("late"))
        let error = await #expect(throws: TileError.self) {
            try await late.tile(of: image, level: 0, column: 2, row: 0)
        }
        #expect(error?.description.contains("expected 600×300 pixels of 1 uint8") == true, "\(String(describing: error))")
    }
}
