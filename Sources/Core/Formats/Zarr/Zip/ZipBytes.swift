internal import CMinizip
internal import Imaging

/// The bytes of a ZIP archive, a file here or behind a URL, as minizip reads them: some at a time, from where it stands.
///
/// Holds one block, as minizip asks for single bytes. Not safe to share between threads.
final class ZipBytes {
    let byteCount: Int
    /// Why the last read of minizip failed; its own codes do not say it.
    private(set) var failure: ImageError?
    private let source: ImageBytes
    private var place = 0
    private var block: (start: Int, bytes: [UInt8]) = (0, [])

    /// Bytes that are read at once, unless more are known to be needed.
    private static let blockByteCount = 64 << 10
    private static let blockByteCountMax = 16 << 20

    /// - Throws: `ImageError.unsupported` for a folder.
    init(_ source: ImageBytes) throws(ImageError) {
        switch source {
        case .file(let file): byteCount = file.byteCount
        case .remote(let file): byteCount = file.byteCount
        case .store: throw .unsupported(path: source.path, reason: "expected a file")
        }
        self.source = source
    }

    /// Up to `count` bytes from `offset` on; fewer only at the end.
    ///
    /// - Throws: `ImageError.io`.
    func bytes(_ count: Int, at offset: Int) throws(ImageError) -> [UInt8] {
        let count = max(0, min(count, byteCount - offset))
        var filled = 0
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
            let target = UnsafeMutableRawBufferPointer(buffer)
            switch source {
            case .file(let file):
                do throws(FileError) {
                    filled = try file.read(target, at: offset)
                } catch {
                    throw ImageError(error)
                }
            case .remote(let file): filled = try file.read(target, at: offset)
            case .store: break
            }
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    /// Reads ahead what will be asked for next, as far as memory for it is at hand.
    ///
    /// - Throws: `ImageError.io`.
    func expect(_ count: Int, at offset: Int) throws(ImageError) {
        let isHeld = block.start <= offset && offset + count <= block.start + block.bytes.count
        if !isHeld { block = (offset, try bytes(min(count, Self.blockByteCountMax), at: offset)) }
    }

    /// The failure of a read, if there was one since the last call.
    func takeFailure() -> ImageError? {
        defer { failure = nil }
        return failure
    }

    // MARK: For minizip

    /// The functions through which minizip reads; they are called with this object, which must outlive the archive.
    var functions: zlib_filefunc64_def {
        zlib_filefunc64_def(
            zopen64_file: { opaque, _, _ in opaque },
            zread_file: { opaque, _, target, count in
                guard let opaque, let target else { return 0 }
                return uLong(ZipBytes.of(opaque).read(UnsafeMutableRawBufferPointer(start: target, count: Int(count))))
            },
            zwrite_file: { _, _, _, _ in 0 },
            ztell64_file: { opaque, _ in opaque.map { ZPOS64_T(ZipBytes.of($0).place) } ?? 0 },
            zseek64_file: { opaque, _, offset, origin in
                guard let opaque else { return -1 }
                return ZipBytes.of(opaque).seek(offset, from: origin) ? 0 : -1
            },
            zclose_file: { _, _ in 0 },
            zerror_file: { opaque, _ in opaque.map { ZipBytes.of($0).failure == nil ? 0 : 1 } ?? 1 },
            opaque: Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ opaque: UnsafeMutableRawPointer) -> ZipBytes {
        Unmanaged<ZipBytes>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func read(_ target: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < target.count, place < byteCount {
            let start = place - block.start
            if start >= 0, start < block.bytes.count {
                let count = min(target.count - done, block.bytes.count - start)
                block.bytes.withUnsafeBytes { held in
                    UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: held[start..<start + count]))
                }
                done += count
                place += count
                continue
            }
            do throws(ImageError) {
                block = (place, try bytes(Self.blockByteCount, at: place))
            } catch {
                failure = error
                return done
            }
            // The file has become shorter.
            if block.bytes.isEmpty { break }
        }
        return done
    }

    private func seek(_ offset: ZPOS64_T, from origin: Int32) -> Bool {
        let base =
            switch origin {
            case ZLIB_FILEFUNC_SEEK_CUR: place
            case ZLIB_FILEFUNC_SEEK_END: byteCount
            default: 0
            }
        guard let distance = Int(exactly: offset), distance <= byteCount, base + distance <= byteCount else { return false }
        place = base + distance
        return true
    }
}
