internal import Formats
internal import Foundation
internal import Imaging
internal import Machine
internal import Primitives
internal import Synchronization

/// Lossless copies of planes that can only be read from the top to the bottom, as OME-Zarr folders with overviews, which can be read at any
/// place. Safe to use from any thread.
///
/// 1. A copy is named by the image's place, its content key and the page. It is written under another name, in one pass over the rows, and
///    has its own only when it is complete: by renaming. Nothing is synchronised to the disk; a copy that the power has cut off is noticed
///    by its empty chunks, one that another process has removed by its missing ones (`drop`), and made again.
/// 2. Copies of an earlier content of the same file go when a new one is complete, and those that were not used for longest when all take more
///    than `byteCountMax`. What a process that has ended left half done goes at the start of the next one.
/// 3. Where a copy cannot be written, as the disk is full, a plane of up to 256 MiB is held in memory instead.
final class WorkingCopies: Sendable {
    /// Where the pixels of a plane can be read at any place.
    enum Copy: Sendable {
        case folder(String)
        case memory(PixelBuffer)
    }

    private final class Making: Sendable {
        let progress = Lock(0.0)
        let result = Lock<Result<Copy, TileError>?>(nil)
    }

    private struct Entry {
        let making: Making
        /// Nil for a copy that was there.
        let task: Task<Void, Never>?
        /// Whether who asks waits for it.
        let isShort: Bool
    }

    private let folder: String
    private let byteCountMax: Int
    private let threads: TileThreads
    private let report: @Sendable (TileReport) -> Void
    private let hasFailed = Lock(false)
    /// By name: copies that are there or being made.
    private let copies = Lock<[String: Entry]>([:])

    /// Decoded bytes of a plane that is copied while who asks for it waits.
    private static let shortByteCount = 48 << 20
    private static let heldByteCountMax = 256 << 20

    init(folder: String, byteCountMax: Int, report: @escaping @Sendable (TileReport) -> Void) {
        (self.folder, self.byteCountMax, self.report) = (folder, byteCountMax, report)
        threads = TileThreads(count: 2, priority: .userInitiated)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        OwnedNames.removeAbandoned(in: folder, prefix: Self.partPrefix)
    }

    /// The copy of a plane.
    ///
    /// - Throws: `TileError`: `notReady` while a large one is made, `image` when the plane cannot be read.
    func copy(of image: TiledImage, page: Int) async throws(TileError) -> Copy {
        let name = Self.name(of: image, page: page)
        let entry = start(image, page: page, name)
        if entry.isShort { await entry.task?.value }
        return try copy(of: entry, name)
    }

    /// The same, without waiting for a small one.
    func finishedCopy(of image: TiledImage, page: Int) throws(TileError) -> Copy {
        let name = Self.name(of: image, page: page)
        return try copy(of: start(image, page: page, name), name)
    }

    private func copy(of entry: Entry, _ name: String) throws(TileError) -> Copy {
        guard let result = entry.making.result.withLock({ $0 }) else {
            throw .notReady(progress: entry.making.progress.withLock { $0 })
        }
        return try take(result, name)
    }

    /// Begins to make the copy of a plane, if it is not there.
    func prepare(_ image: TiledImage, page: Int) { _ = start(image, page: page, Self.name(of: image, page: page)) }

    /// The folder of a copy that is complete; nil if there is none.
    func folder(of image: TiledImage, page: Int) -> String? {
        let name = Self.name(of: image, page: page)
        if let making = copies.withLock({ $0[name]?.making }) {
            if case .success(.folder(let path))? = making.result.withLock({ $0 }) { return path }
            return nil
        }
        let path = "\(folder)/\(name)"
        return FileSystem.isFolder(path) ? path : nil
    }

    /// The share that is made of a copy: 0…1.
    func progress(of image: TiledImage, page: Int) -> Double {
        let name = Self.name(of: image, page: page)
        guard let making = copies.withLock({ $0[name]?.making }) else { return folder(of: image, page: page) == nil ? 0 : 1 }
        return making.result.withLock { $0 } == nil ? making.progress.withLock { $0 } : 1
    }

    /// Whether a file belongs to a copy.
    func holds(_ path: String) -> Bool { path.hasPrefix("\(folder)/") }

    /// Removes a copy that turned out to be damaged.
    func drop(_ image: TiledImage, page: Int) {
        let name = Self.name(of: image, page: page)
        copies.withLock { $0[name] = nil }
        remove(name)
    }

    /// A copy that failed is tried again by the next who asks.
    private func take(_ result: Result<Copy, TileError>, _ name: String) throws(TileError) -> Copy {
        if case .failure = result { copies.withLock { $0[name] = nil } }
        return try result.get()
    }

    private func start(_ image: TiledImage, page: Int, _ name: String) -> Entry {
        let isShort = image.info.height * image.info.rowByteCount <= Self.shortByteCount
        return copies.withLock { copies in
            if let entry = copies[name] { return entry }
            let making = Making()
            var task: Task<Void, Never>?
            let path = "\(folder)/\(name)"
            if FileSystem.isFolder(path) {
                utimes(path, nil)
                making.result.withLock { $0 = .success(.folder(path)) }
            } else {
                // Awaited by those who ask for a small copy; a large one ends by itself.
                task = Task { await self.run(image, page: page, name, making) }
            }
            let entry = Entry(making: making, task: task, isShort: isShort)
            copies[name] = entry
            return entry
        }
    }

    private func run(_ image: TiledImage, page: Int, _ name: String, _ making: Making) async {
        let result: Result<Copy, TileError>
        do throws(TileError) {
            result = .success(
                try await threads.run { [self] () throws(TileError) in try make(image, page: page, name, making) })
        } catch {
            result = .failure(error)
        }
        making.result.withLock { $0 = result }
        report(.progress(contentKey: image.contentKey, page: page, 1))
    }

    // MARK: Making

    private func make(_ image: TiledImage, page: Int, _ name: String, _ making: Making) throws(TileError) -> Copy {
        var selection = image.selection
        selection.page = page
        let part = OwnedNames.make(prefix: Self.partPrefix, suffix: ".part")
        defer { OwnedNames.release(part) }
        do throws(ImageError) {
            try write(image, selection, to: "\(folder)/\(part)", making, page: page)
        } catch {
            remove(part)
            // What is wrong with the image is wrong without a copy, too.
            guard holds(error.path) else { throw .image(error) }
            return .memory(try hold(image, selection, because: error))
        }
        let path = "\(folder)/\(name)"
        if rename("\(folder)/\(part)", path) != 0 {
            let reason = SystemReason.last
            remove(part)
            // Another process was faster.
            guard FileSystem.isFolder(path) else {
                return .memory(try hold(image, selection, because: .io(path: path, reason: reason)))
            }
        }
        clean(keeping: name)
        return .folder(path)
    }

    private func write(
        _ image: TiledImage, _ selection: ImageSelection, to part: String, _ making: Making, page: Int
    ) throws(ImageError) {
        let source = try ImageFile.source(path: image.path, selection)
        let info = source.info
        guard info == image.info else {
            throw .unsupported(
                path: image.path,
                reason: "page \(page): expected \(image.info.width)×\(image.info.height) pixels as of page 0, found "
                    + "\(info.width)×\(info.height)")
        }
        guard mkdir(part, 0o777) == 0 else { throw .io(path: part, reason: SystemReason.last) }
        let writer = try ZarrImageWriter(
            folder: part, info: info, isMasked: source.isMasked,
            metadata: ImageFile.metadata(path: image.path, selection))
        let reader = source.rowReader
        var row = 0
        while row < info.height {
            let count = min(Self.rowCount(info), info.height - row)
            try writer.append(try reader.pixels(count))
            row += count
            let share = Double(row) / Double(info.height)
            making.progress.withLock { $0 = share }
            if row < info.height { report(.progress(contentKey: image.contentKey, page: page, share)) }
        }
        writer.finish()
        // For those who clean up.
        if let reason = OutputFile.failure(
            ofWriting: Data("\(writer.byteCount)\n".utf8), to: "\(part)/\(Self.sizeName)", isDurable: false)
        {
            throw .io(path: part, reason: reason)
        }
    }

    /// Rows that are read at once: a row of chunks, unless the image is so wide that progress would come too seldom.
    private static func rowCount(_ info: ImageInfo) -> Int {
        max(1, min(ZarrImageWriter.rowCount, (16 << 20) / max(1, info.rowByteCount)))
    }

    private func hold(
        _ image: TiledImage, _ selection: ImageSelection, because error: ImageError
    ) throws(TileError) -> PixelBuffer {
        let isFirst = hasFailed.withLock { failed in
            defer { failed = true }
            return !failed
        }
        if isFirst { report(.message("\(folder): copies of images are not kept: \(error.reason)")) }
        guard image.info.height * image.info.rowByteCount <= Self.heldByteCountMax else { throw .image(error) }
        return try readingImage { () throws(ImageError) in try ImageFile.readAll(path: image.path, selection) }
    }

    // MARK: Cleaning

    private static let partPrefix = "."
    private static let sizeName = "bytes.txt"

    private static func place(of image: TiledImage) -> String { ContentKey.ofPlace(image.path, image.selection) }

    private static func name(of image: TiledImage, page: Int) -> String {
        "\(place(of: image))-\(image.contentKey)-\(page).zarr"
    }

    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// Removes a folder, which loses its name first: nobody opens what is half gone.
    private func remove(_ name: String) {
        var path = "\(folder)/\(name)"
        if !name.hasPrefix(".") {
            let part = OwnedNames.make(prefix: Self.partPrefix, suffix: ".part")
            defer { OwnedNames.release(part) }
            let other = "\(folder)/\(part)"
            guard rename(path, other) == 0 else { return }
            path = other
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Removes copies of what the file held before, and those that were not used for longest.
    private func clean(keeping name: String) {
        let version = name.prefix { $0 != "." }.split(separator: "-").prefix(2).joined(separator: "-")
        let place = version.prefix { $0 != "-" }
        var found: [(name: String, byteCount: Int, used: Int)] = []
        for other in Self.names(in: folder) where !other.hasPrefix(".") {
            if other.hasPrefix(place), !other.hasPrefix(version) {
                remove(other)
                continue
            }
            let path = "\(folder)/\(other)"
            let text = (try? String(contentsOfFile: "\(path)/\(Self.sizeName)", encoding: .utf8)) ?? "0"
            let byteCount = Int(text.prefix { $0.isNumber }) ?? 0
            found.append((other, byteCount, FileSystem.modifiedNanoseconds(path) ?? 0))
        }
        var sum = found.reduce(0) { $0 + $1.byteCount }
        for copy in found.sorted(by: { ($0.used, $0.name) < ($1.used, $1.name) }) where sum > byteCountMax && copy.name != name {
            sum -= copy.byteCount
            copies.withLock { $0[copy.name] = nil }
            remove(copy.name)
        }
    }
}
