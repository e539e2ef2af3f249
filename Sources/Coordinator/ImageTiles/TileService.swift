internal import Formats
internal import Foundation
package import Imaging
internal import Machine
internal import Primitives
internal import Synchronization

/// What a `TileService` tells unasked.
package enum TileReport: Hashable, Sendable {
    /// The share, 0…1, that is made of the working copy or the overviews of a plane; 1 comes last.
    case progress(contentKey: String, page: Int, Double)
    /// One line for the user, such as that the disk is full; each is said once.
    case message(String)
}

/// What a `TileService` may take.
package struct TileLimits: Hashable, Sendable {
    /// Bytes of overviews on disk.
    package var diskByteCountMax: Int
    /// Bytes of tiles in memory.
    package var memoryByteCountMax: Int
    /// Bytes of working copies on disk; the one that is used last is kept in any case.
    package var copyByteCountMax: Int
    /// Bytes of parts of images behind URLs on disk.
    package var remoteByteCountMax: Int
    /// Planes whose files stay open.
    package var planeCountMax: Int

    package init(
        diskByteCountMax: Int = 2 << 30, memoryByteCountMax: Int = 64 << 20, copyByteCountMax: Int = 32 << 30,
        remoteByteCountMax: Int = 1 << 30, planeCountMax: Int = 8
    ) {
        self.diskByteCountMax = diskByteCountMax
        self.memoryByteCountMax = memoryByteCountMax
        self.copyByteCountMax = copyByteCountMax
        self.remoteByteCountMax = remoteByteCountMax
        self.planeCountMax = planeCountMax
    }
}

/// Tiles for display of any image that Coppice reads, at any resolution.
///
/// What blocks is done on threads of its own. Memory and disk are bounded, whatever the images. Safe to use from any task.
package final class TileService: Sendable {
    private struct PlaneKey: Hashable {
        let content: String
        let page: Int
    }

    private let limits: TileLimits
    private let threads: TileThreads
    private let cache: TileCache
    /// Of images behind URLs, what was read: in a folder of this service's own.
    private let ranges: RangeCache
    private let rangesName: String
    private let rangesPath: String
    private let copies: WorkingCopies
    private let builds: OverviewBuilds
    private let images = Lock(RecentValues<String, TiledImage>(byteCountMax: 1 << 20))
    /// Those that were used last, the last one last.
    private let planes = Lock<[(key: PlaneKey, plane: TiledPlane)]>([])

    private static let rangesPrefix = "ranges-"
    /// Readers of each level of a plane.
    private static let readerCount = 2

    /// - Parameters:
    ///   - cacheFolder: is made if it is not there; several processes may share it.
    ///   - report: is called from any thread, and must not take long.
    package init(
        cacheFolder: String, limits: TileLimits = TileLimits(), report: @escaping @Sendable (TileReport) -> Void = { _ in }
    ) {
        self.limits = limits
        let coreCount = max(1, ProcessShare.current.coreCount)
        threads = TileThreads(count: max(2, coreCount), priority: .userInitiated)
        cache = TileCache(
            folder: "\(cacheFolder)/overviews", diskByteCountMax: limits.diskByteCountMax,
            memoryByteCountMax: limits.memoryByteCountMax, say: { report(.message($0)) })
        OwnedNames.removeAbandoned(in: cacheFolder, prefix: Self.rangesPrefix)
        rangesName = OwnedNames.make(prefix: Self.rangesPrefix)
        rangesPath = "\(cacheFolder)/\(rangesName)"
        try? FileManager.default.createDirectory(atPath: rangesPath, withIntermediateDirectories: true)
        ranges = RangeCache(folder: rangesPath, byteCountMax: limits.remoteByteCountMax)
        copies = WorkingCopies(folder: "\(cacheFolder)/copies", byteCountMax: limits.copyByteCountMax, report: report)
        builds = OverviewBuilds(count: max(1, coreCount - 1)) { plane in
            report(.progress(contentKey: plane.image.contentKey, page: plane.page, plane.progress))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: rangesPath)
        OwnedNames.release(rangesName)
    }

    /// Ends what is done in the background.
    package func stop() { builds.stop() }

    /// What there is to know of an image as it is now. Begins to make what its first plane needs.
    ///
    /// - Parameters:
    ///   - path: a file, a folder or a URL.
    ///   - selection: channels, masks and values for no data; the page and level are of no account.
    /// - Throws: `TileError.image` when it cannot be read.
    package func describe(_ path: String, _ selection: ImageSelection = .first) async throws(TileError) -> TiledImage {
        let image = try await threads.run { [self] () throws(TileError) in try look(at: path, selection) }
        if image.needsCopy {
            copies.prepare(image, page: 0)
        } else {
            let plane = try await plane(of: image, page: 0)
            if plane.isIncomplete { builds.want(plane) }
        }
        return image
    }

    /// Opens an image, unless it is known. Blocks.
    private func look(at path: String, _ selection: ImageSelection) throws(TileError) -> TiledImage {
        let key = try readingImage { () throws(ImageError) in try ContentKey.of(path, selection, cache: ranges) }
        if let known = images.withLock({ $0.value(of: key) }) { return known }
        let image = try readingImage { () throws(ImageError) in
            try TiledImage(path: path, selection, key: key, cache: ranges)
        }
        images.withLock { _ = $0.insert(image, of: key, byteCount: 1024) }
        return image
    }

    /// The share that is made of what a plane needs for all its levels: 1 when every tile can be had.
    package func progress(of image: TiledImage, z: Int = 0, t: Int = 0) -> Double {
        guard let page = try? image.page(z: z, t: t) else { return 0 }
        if image.needsCopy { return copies.progress(of: image, page: page) }
        let key = PlaneKey(content: image.contentKey, page: page)
        return planes.withLock { planes in planes.last { $0.key == key }?.plane }?.progress ?? (image.hasFarLevels ? 0 : 1)
    }

    /// A tile of a level.
    ///
    /// - Throws: `TileError`.
    package func tile(
        of image: TiledImage, level: Int, column: Int, row: Int, z: Int = 0, t: Int = 0
    ) async throws(TileError) -> TileBytes {
        let place = TilePlace(level: level, column: column, row: row)
        return try await ask(image, z: z, t: t) { (plane) throws(TileError) in TileBytes(try plane.tile(place).pixels) }
    }

    /// The values of a pixel in full resolution, channel by channel; nil where it has no data.
    ///
    /// - Throws: `TileError`.
    package func values(
        of image: TiledImage, x: Int, y: Int, z: Int = 0, t: Int = 0
    ) async throws(TileError) -> [Double]? {
        guard (0..<image.info.width).contains(x), (0..<image.info.height).contains(y) else {
            throw .outside("expected a pixel of \(image.info.width)×\(image.info.height), found (\(x), \(y))")
        }
        let side = TilePlace.side
        let place = TilePlace(level: 0, column: x / side, row: y / side)
        return try await ask(image, z: z, t: t) { (plane) throws(TileError) in
            let pixels = try plane.tile(place).pixels
            let pixel = y % side * pixels.width + x % side
            if pixels.validity?[pixel] == 0 { return nil }
            return (0..<pixels.channels).map { pixels.value(at: pixel * pixels.channels + $0) }
        }
    }

    /// The histogram of each channel, of the finest level of at most 1,048,576 pixels.
    ///
    /// While that level is being made, it is an estimate from some tiles of the full resolution.
    ///
    /// - Throws: `TileError`.
    package func histograms(of image: TiledImage, z: Int = 0, t: Int = 0) async throws(TileError) -> [TileHistogram] {
        try await ask(image, z: z, t: t) { (plane) throws(TileError) in
            let pixelCountMax = 1 << 20
            let level = image.levels.firstIndex { $0.width * $0.height <= pixelCountMax } ?? image.levels.count - 1
            var parts: [PixelBuffer]
            do throws(TileError) {
                parts = try Self.tiles(of: plane, level, each: 1)
            } catch .notReady {
                let (columns, rows) = image.tileCounts(ofLevel: 0)
                parts = try Self.tiles(of: plane, 0, each: max(1, (max(columns, rows) + 3) / 4))
            }
            return (0..<image.info.channels).map { TileHistogram(parts, channel: $0) }
        }
    }

    /// The folder of the working copy of a plane: an OME-Zarr image of a single plane, whose full resolution has the samples, and the mask, of
    /// the original with this selection; it is opened without one. A copy that is removed while it is read gives errors, not wrong pixels. Nil if the image needs none, or it is not complete.
    package func workingCopy(of image: TiledImage, z: Int = 0, t: Int = 0) -> String? {
        guard image.needsCopy, let page = try? image.page(z: z, t: t) else { return nil }
        return copies.folder(of: image, page: page)
    }

    /// Bytes of tiles in memory, and of overviews on disk.
    package var cachedByteCounts: (memory: Int, disk: Int) { cache.byteCounts }

    // MARK: For threads that may block

    /// As `describe`, on the thread of who calls, which blocks while the image is read.
    ///
    /// - Throws: as `describe`.
    package func describeHere(_ path: String, _ selection: ImageSelection = .first) throws(TileError) -> TiledImage {
        try look(at: path, selection)
    }

    /// A part of a level, put together from its tiles on the thread of who calls, which blocks while they are read or made.
    ///
    /// - Throws: `TileError`: `notReady` as for `tile`, also as long as a copy is being made.
    package func window(
        _ rect: PixelRect, of image: TiledImage, level: Int, z: Int = 0, t: Int = 0
    ) throws(TileError) -> PixelBuffer {
        let page = try image.page(z: z, t: t)
        let copy = image.needsCopy ? try copies.finishedCopy(of: image, page: page) : nil
        let plane = try open(image, page: page, copy)
        return try answer(plane) { (plane) throws(TileError) in try Self.window(rect, of: plane, level) }
    }

    private static func window(_ rect: PixelRect, of plane: TiledPlane, _ level: Int) throws(TileError) -> PixelBuffer {
        let (side, info) = (TilePlace.side, plane.image.info)
        let pixelByteCount = info.channels * info.sampleType.byteCount
        var bytes = [UInt8](repeating: 0, count: rect.area * pixelByteCount)
        var validity: [UInt8]?
        for row in rect.y / side...(rect.endY - 1) / side {
            for column in rect.x / side...(rect.endX - 1) / side {
                let tile = try plane.tile(TilePlace(level: level, column: column, row: row)).pixels
                let (x, y) = (max(rect.x, column * side), max(rect.y, row * side))
                let width = min(rect.endX, column * side + tile.width) - x
                for line in y..<min(rect.endY, row * side + tile.height) {
                    let source = (line - row * side) * tile.width + x - column * side
                    let target = (line - rect.y) * rect.width + x - rect.x
                    bytes.replaceSubrange(
                        target * pixelByteCount..<(target + width) * pixelByteCount,
                        with: tile.bytes[source * pixelByteCount..<(source + width) * pixelByteCount])
                    guard let own = tile.validity else { continue }
                    validity = validity ?? [UInt8](repeating: 1, count: rect.area)
                    validity?.replaceSubrange(target..<target + width, with: own[source..<source + width])
                }
            }
        }
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }

    // MARK: Planes

    private static func tiles(of plane: TiledPlane, _ level: Int, each step: Int) throws(TileError) -> [PixelBuffer] {
        let (columns, rows) = plane.image.tileCounts(ofLevel: level)
        var parts: [PixelBuffer] = []
        for row in stride(from: step / 2, to: max(rows, step / 2 + 1), by: step) {
            for column in stride(from: step / 2, to: max(columns, step / 2 + 1), by: step) {
                let place = TilePlace(level: level, column: min(column, columns - 1), row: min(row, rows - 1))
                parts.append(try plane.tile(place).pixels)
            }
        }
        return parts
    }

    /// Does `body` with a plane, on a thread.
    private func ask<Value: Sendable>(
        _ image: TiledImage, z: Int, t: Int, _ body: @escaping @Sendable (TiledPlane) throws(TileError) -> Value
    ) async throws(TileError) -> Value {
        let page = try image.page(z: z, t: t)
        let plane = try await plane(of: image, page: page)
        return try await threads.run { [self] () throws(TileError) in try answer(plane, body) }
    }

    /// Does `body` with a plane, and has made what it lacks. Blocks.
    private func answer<Value>(
        _ plane: TiledPlane, _ body: (TiledPlane) throws(TileError) -> Value
    ) throws(TileError) -> Value {
        do {
            return try body(plane)
        } catch {
            // A read that was called off says nothing of the image.
            if CancellationFlag.current?.isRaised == true { throw .cancelled }
            let image = plane.image
            switch error {
            case .notReady: builds.want(plane)
            case .image(let reason) where image.needsCopy && copies.holds(reason.path):
                // The copy, not the image, is damaged, or gone as there were too many.
                forget(PlaneKey(content: image.contentKey, page: plane.page))
                copies.drop(image, page: plane.page)
                throw .notReady(progress: 0)
            default: break
            }
            throw error
        }
    }

    private func plane(of image: TiledImage, page: Int) async throws(TileError) -> TiledPlane {
        let key = PlaneKey(content: image.contentKey, page: page)
        if let known = planes.withLock({ Self.use(key, &$0) }) { return known }
        // A small copy is waited for.
        let copy = image.needsCopy ? try await copies.copy(of: image, page: page) : nil
        return try await threads.run { [self] () throws(TileError) in try open(image, page: page, copy) }
    }

    /// Opens a plane, unless it is open. Blocks.
    private func open(_ image: TiledImage, page: Int, _ copy: WorkingCopies.Copy?) throws(TileError) -> TiledPlane {
        let key = PlaneKey(content: image.contentKey, page: page)
        if let known = planes.withLock({ Self.use(key, &$0) }) { return known }
        if copy != nil, try isChanged(image) { throw .changed(path: image.path) }
        let new = copy.map { plane(of: image, page: page, $0) } ?? plane(of: image, page: page)
        return planes.withLock { planes in
            if let other = Self.use(key, &planes) { return other }
            planes.append((key, new))
            if planes.count > limits.planeCountMax { planes.removeFirst() }
            return new
        }
    }

    private static func use(_ key: PlaneKey, _ planes: inout [(key: PlaneKey, plane: TiledPlane)]) -> TiledPlane? {
        guard let place = planes.lastIndex(where: { $0.key == key }) else { return nil }
        let entry = planes.remove(at: place)
        planes.append(entry)
        return entry.plane
    }

    private func forget(_ key: PlaneKey) { planes.withLock { planes in planes.removeAll { $0.key == key } } }

    private func isChanged(_ image: TiledImage) throws(TileError) -> Bool {
        try readingImage { () throws(ImageError) in
            try ContentKey.of(image.path, image.selection, cache: ranges) != image.contentKey
        }
    }

    /// A plane that is read from the image itself.
    private func plane(of image: TiledImage, page: Int) -> TiledPlane {
        let ranges = ranges
        let readers = image.levels.map { level -> PlaneReaders? in
            guard case .stored(let number) = level.origin else { return nil }
            var selection = image.selection
            (selection.page, selection.level) = (page, number)
            return PlaneReaders(
                .file(path: image.path, selection, cache: ranges) { () throws(ImageError) in
                    try ContentKey.of(image.path, image.selection, cache: ranges) != image.contentKey
                }, image.info(of: level), count: Self.readerCount)
        }
        return TiledPlane(image, page: page, levels: image.levels, readers: readers, cache: cache)
    }

    /// A plane that is read from its working copy.
    private func plane(of image: TiledImage, page: Int, _ copy: WorkingCopies.Copy) -> TiledPlane {
        switch copy {
        case .folder(let path):
            let readers = image.levels.enumerated().map { number, level in
                PlaneReaders(
                    .file(path: path, ImageSelection(level: number), cache: nil) { () throws(ImageError) in false },
                    image.info(of: level), count: Self.readerCount)
            }
            return TiledPlane(image, page: page, levels: image.levels, readers: readers, cache: cache)
        case .memory(let pixels):
            let levels = TiledImage.levels(of: [(image.info.width, image.info.height)])
            let readers = levels.map { level in
                level.origin == .stored(0) ? PlaneReaders(.memory(pixels), image.info, count: Self.readerCount) : nil
            }
            return TiledPlane(image, page: page, levels: levels, readers: readers, cache: cache)
        }
    }
}

extension TiledImage {
    /// What a level is.
    fileprivate func info(of level: Level) -> ImageInfo {
        ImageInfo(width: level.width, height: level.height, channels: info.channels, sampleType: info.sampleType)
    }

    /// Whether there are levels that need units.
    fileprivate var hasFarLevels: Bool {
        levels.indices.contains { number in
            if case .made(let base) = levels[number].origin { number - base >= TiledPlane.unitDepth } else { false }
        }
    }
}
