internal import Foundation
internal import Imaging
internal import Primitives

/// Packed chunks of a pyramid in a file without a name, in the order in which they come.
final class ChunkSpool: PyramidStore {
    private let path: String
    private let descriptor: Int32
    private var byteCount = 0
    /// `[level][chunk]`: where each lies; no bytes for one that has not come.
    private var places: [[(offset: Int, byteCount: Int)]]
    private let columns: [Int]

    /// - Parameter path: the output, beside which the file is made.
    /// - Throws: `ImageError.io` when the file cannot be made.
    init(beside path: String, levels: [TileGrid]) throws(ImageError) {
        self.path = path
        places = levels.map { Array(repeating: (0, 0), count: $0.count) }
        columns = levels.map(\.columns)
        var template = Array("\(path).chunks-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    func put(_ packed: [UInt8], at place: PyramidPlace) throws(ImageError) {
        var written = 0
        while written < packed.count {
            let count = packed.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + written }, packed.count - written, off_t(byteCount + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
            written += count
        }
        places[place.level][place.row * columns[place.level] + place.column] = (byteCount, packed.count)
        byteCount += packed.count
    }

    func packed(at place: PyramidPlace) throws(ImageError) -> [UInt8] {
        let (offset, byteCount) = places[place.level][place.row * columns[place.level] + place.column]
        precondition(byteCount > 0, "\(place) has not come")
        return try [UInt8](filled: byteCount) { (bytes) throws(ImageError) in
            var filled = 0
            while filled < byteCount {
                let count = pread(
                    descriptor, bytes.baseAddress.map { $0 + filled }, byteCount - filled, off_t(offset + filled))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .io(path: path, reason: "what was written is gone") }
                filled += count
            }
        }
    }
}
