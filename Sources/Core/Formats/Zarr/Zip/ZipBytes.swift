internal import CZip
internal import Imaging
internal import Primitives

/// The bytes of a ZIP archive, a file here or behind a URL, as libzip reads them: some at a time, from where it stands.
///
/// Holds one block. Not safe to share between threads.
final class ZipBytes {
    let byteCount: Int
    private let path: String
    /// Nil for an archive in memory, all of which is the block.
    private let source: ImageBytes?
    /// Why the last read of libzip failed; its own codes do not say it.
    private var failure: ImageError?
    private var place = 0
    private var block: (start: Int, bytes: [UInt8]) = (0, [])
    private var nextByteCount = ZipBytes.blockByteCount
    /// Bytes that libzip may still read while it reads the directory, which it holds; nil afterwards.
    private var directoryAllowance: Int? = ZipBytes.directoryByteCountMax

    private static let blockByteCount = 64 << 10
    private static let blockByteCountMax = 16 << 20
    /// Of an archive's directory, which takes about four times as much memory.
    static let directoryByteCountMax = 32 << 20

    /// - Throws: `ImageError.unsupported` for a folder.
    init(_ source: ImageBytes) throws(ImageError) {
        switch source {
        case .file(let file): byteCount = file.byteCount
        case .remote(let file): byteCount = file.byteCount
        case .store: throw .unsupported(path: source.path, reason: "expected a file")
        }
        self.source = source
        path = source.path
    }

    /// An archive in memory.
    ///
    /// - Parameter path: names it in messages.
    init(_ bytes: [UInt8], path: String) {
        byteCount = bytes.count
        (source, self.path) = (nil, path)
        block = (0, bytes)
    }

    /// The directory has been read.
    func endDirectory() { directoryAllowance = nil }

    /// Says that so many bytes in a row will be read next, so that they are fetched at once.
    func expect(_ count: Int) {
        nextByteCount = min(max(count, Self.blockByteCount), Self.blockByteCountMax)
    }

    /// The failure of a read, if there was one since the last call.
    func takeFailure() -> ImageError? {
        defer { failure = nil }
        return failure
    }

    // MARK: For libzip

    /// What libzip reads through; called with this object, which must outlive the archive.
    static let callback: zip_source_callback = { state, data, count, command in
        guard let state else { return -1 }
        return Unmanaged<ZipBytes>.fromOpaque(state).takeUnretainedValue().answer(command, data, count)
    }

    private func answer(
        _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ count: zip_uint64_t
    ) -> zip_int64_t {
        switch command {
        case ZIP_SOURCE_OPEN:
            place = 0
            return 0
        case ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE: return 0
        case ZIP_SOURCE_READ:
            guard let data else { return -1 }
            return read(UnsafeMutableRawBufferPointer(start: data, count: Int(clamping: count)))
        case ZIP_SOURCE_TELL: return zip_int64_t(place)
        case ZIP_SOURCE_SEEK:
            guard let data else { return -1 }
            var error = zip_error_t()
            let found = zip_source_seek_compute_offset(zip_uint64_t(place), zip_uint64_t(byteCount), data, count, &error)
            guard found >= 0 else { return -1 }
            place = Int(found)
            return 0
        case ZIP_SOURCE_STAT:
            guard let status = data?.assumingMemoryBound(to: zip_stat_t.self) else { return -1 }
            zip_stat_init(status)
            status.pointee.size = zip_uint64_t(byteCount)
            status.pointee.valid |= zip_uint64_t(ZIP_STAT_SIZE)
            return zip_int64_t(MemoryLayout<zip_stat_t>.size)
        case ZIP_SOURCE_ERROR:
            data?.storeBytes(of: ZIP_ER_READ, as: Int32.self)
            data?.storeBytes(of: 0, toByteOffset: 4, as: Int32.self)
            return 8
        case ZIP_SOURCE_SUPPORTS:
            let commands = [
                ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
            ]
            return commands.reduce(0) { $0 | 1 << zip_int64_t($1.rawValue) }
        default: return -1
        }
    }

    /// Fills `target` from where libzip stands; how many bytes there were before the end, or -1.
    private func read(_ target: UnsafeMutableRawBufferPointer) -> zip_int64_t {
        if let allowance = directoryAllowance {
            guard target.count <= allowance else {
                failure = .unsupported(
                    path: path,
                    reason: "expected a directory of at most \(Self.directoryByteCountMax) bytes, found more; write shards")
                return -1
            }
            directoryAllowance = allowance - target.count
        }
        var done = 0
        while done < target.count, place < byteCount {
            let start = place - block.start
            guard start >= 0, start < block.bytes.count else {
                do throws(ImageError) {
                    block = (place, try bytes(nextByteCount, at: place))
                } catch {
                    failure = error
                    return -1
                }
                nextByteCount = Self.blockByteCount
                // The file has become shorter.
                if block.bytes.isEmpty { break }
                continue
            }
            let count = min(target.count - done, block.bytes.count - start)
            block.bytes.withUnsafeBytes { held in
                UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: held[start..<start + count]))
            }
            done += count
            place += count
        }
        return zip_int64_t(done)
    }

    /// Up to `count` bytes from `offset` on; fewer only at the end.
    private func bytes(_ count: Int, at offset: Int) throws(ImageError) -> [UInt8] {
        let count = max(0, min(count, byteCount - offset))
        switch source {
        case .file(let file):
            do throws(FileError) {
                return try file.bytes(count, at: offset)
            } catch {
                throw ImageError(error)
            }
        case .remote(let file):
            var filled = 0
            var bytes = try [UInt8](filled: count) { (target) throws(ImageError) in
                filled = try file.read(UnsafeMutableRawBufferPointer(target), at: offset)
            }
            bytes.removeSubrange(filled...)
            return bytes
        case .store, nil: return []
        }
    }
}
