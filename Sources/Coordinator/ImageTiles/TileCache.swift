internal import Formats
internal import Foundation
internal import Imaging
internal import Machine
internal import Primitives
internal import Synchronization

/// Which tile of which plane of which content.
struct TileKey: Hashable, Sendable {
    let content: String
    let page: Int
    let place: TilePlace

    /// Of its file.
    var name: String { "\(content)-\(page)-\(place.level)-\(place.column)-\(place.row)" }
}

/// Tiles in memory, and those that were costly to make in a folder, too. Both are bounded: what was not used for longest goes first.
///
/// A file appears under its name when it is complete, and is checked when it is read; one that is damaged is as good as none. Safe to use
/// from any thread.
final class TileCache: Sendable {
    /// Of the files, which are made by this process or were found at its start.
    let diskByteCountMax: Int
    private let folder: String
    private let say: @Sendable (String) -> Void
    private let memory: Lock<RecentValues<TileKey, Tile>>
    private let files: Lock<RecentValues<String, Bool>>
    private let hasFailed = Lock(false)

    /// - Parameters:
    ///   - folder: is made if it is not there. Where that fails, nothing is kept on disk.
    ///   - say: is told once when a tile cannot be kept.
    init(folder: String, diskByteCountMax: Int, memoryByteCountMax: Int, say: @escaping @Sendable (String) -> Void) {
        (self.folder, self.diskByteCountMax, self.say) = (folder, diskByteCountMax, say)
        memory = Lock(RecentValues(byteCountMax: memoryByteCountMax))
        var index = RecentValues<String, Bool>(byteCountMax: diskByteCountMax)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found: [(name: String, byteCount: Int, modified: Int)] = []
        for name in names {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let identity = FileIdentity(status)
            if name.hasPrefix(".") {
                // What a process that has ended left half done; another one may be writing the others.
                if Date().timeIntervalSince1970 - Double(identity.modifiedNanoseconds) / 1e9 > 3600 {
                    unlink("\(folder)/\(name)")
                }
            } else {
                found.append((name, identity.byteCount, identity.modifiedNanoseconds))
            }
        }
        for (name, byteCount, _) in found.sorted(by: { ($0.modified, $0.name) < ($1.modified, $1.name) }) {
            for old in index.insert(true, of: name, byteCount: byteCount) { unlink("\(folder)/\(old)") }
        }
        files = Lock(index)
    }

    /// Bytes of tiles in memory, and of those on disk.
    var byteCounts: (memory: Int, disk: Int) {
        (memory.withLock { $0.byteCount }, files.withLock { $0.byteCount })
    }

    /// A tile that is kept; nil if there is none.
    func tile(_ key: TileKey) -> Tile? {
        if let held = memory.withLock({ $0.value(of: key) }) { return held }
        guard files.withLock({ $0.value(of: key.name) }) != nil else { return nil }
        guard let file = try? InputFile(path: "\(folder)/\(key.name)", followsLinks: false),
            let bytes = try? file.bytes(file.byteCount), let pixels = TileFile.pixels(of: bytes)
        else {
            files.withLock { $0.remove(key.name) }
            return nil
        }
        insert(.pixels(pixels), key)
        return .pixels(pixels)
    }

    /// Whether a tile is kept. That is no use of it.
    func holds(_ key: TileKey) -> Bool { memory.withLock { $0.holds(key) } || files.withLock { $0.holds(key.name) } }

    /// Keeps a tile in memory.
    func insert(_ tile: Tile, _ key: TileKey) {
        memory.withLock { _ = $0.insert(tile, of: key, byteCount: tile.byteCount) }
    }

    /// Keeps a tile on disk.
    ///
    /// - Returns: false for a tile that need not be kept, as all its pixels are alike, and where it cannot be.
    func keep(_ tile: Tile, _ key: TileKey) -> Bool {
        guard case .pixels(let pixels) = tile, diskByteCountMax > 0 else { return false }
        if files.withLock({ $0.holds(key.name) }) { return true }
        let temporary = "\(folder)/.\(UUID().uuidString)"
        do {
            let bytes = try TileFile.bytes(of: pixels)
            let file = try OutputFile(path: temporary)
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
            try file.close(isDurable: false)
            guard rename(temporary, "\(folder)/\(key.name)") == 0 else {
                throw ImageError.io(path: folder, reason: SystemReason.last)
            }
            let dropped = files.withLock { $0.insert(true, of: key.name, byteCount: bytes.count) }
            for name in dropped { unlink("\(folder)/\(name)") }
            return true
        } catch {
            unlink(temporary)
            let isFirst = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            let reason = (error as? FileError)?.reason ?? (error as? ImageError)?.reason ?? "\(error)"
            if isFirst { say("\(folder): tiles of images are not kept: \(reason)") }
            return false
        }
    }
}
