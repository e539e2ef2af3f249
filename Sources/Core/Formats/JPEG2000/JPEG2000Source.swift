internal import Imaging

/// The bytes that a JPEG 2000 image lies in: a chunk of a TIFF, or a file. Keeps the first reason why they could not be read.
///
/// Not safe to share between threads.
final class JPEG2000Source {
    /// Names the image in messages, and the part of it that the bytes are: `tile 3`.
    let path: String
    let place: String?
    let byteCount: Int
    /// The first failure of `fill`.
    private(set) var failure: ImageError?
    private let fill: (_ bytes: UnsafeMutableRawBufferPointer, _ offset: Int) throws(ImageError) -> Int

    /// - Parameter fill: fills bytes from an offset on, and returns how many there were before the end.
    init(
        path: String, place: String?, byteCount: Int,
        fill: @escaping (_ bytes: UnsafeMutableRawBufferPointer, _ offset: Int) throws(ImageError) -> Int
    ) {
        (self.path, self.place, self.byteCount, self.fill) = (path, place, byteCount, fill)
    }

    /// Bytes in memory.
    convenience init(_ bytes: [UInt8], path: String, place: String?) {
        self.init(path: path, place: place, byteCount: bytes.count) { (target, offset) throws(ImageError) in
            let count = max(0, min(target.count, bytes.count - offset))
            bytes.withUnsafeBytes { target.copyBytes(from: $0[offset..<offset + count]) }
            return count
        }
    }

    /// A file.
    convenience init(_ file: InputFile) {
        self.init(path: file.path, place: nil, byteCount: file.byteCount) { (target, offset) throws(ImageError) in
            do throws(FileError) {
                return try file.read(target, at: offset)
            } catch {
                throw ImageError(error)
            }
        }
    }

    /// Fills `target` from `offset` on, and returns how many bytes there were; -1 when they cannot be read.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        guard (0...byteCount).contains(offset) else { return -1 }
        do throws(ImageError) {
            return try fill(target, offset)
        } catch {
            failure = failure ?? error
            return -1
        }
    }

    /// Exactly `count` bytes from `offset` on.
    ///
    /// - Throws: `ImageError.corrupt` where the bytes end before.
    func bytes(_ count: Int, at offset: Int) throws(ImageError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= byteCount - count else { throw cutOff }
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = bytes.withUnsafeMutableBytes { read($0, at: offset) }
        guard filled == count else { throw failure ?? cutOff }
        return bytes
    }

    /// A whole number of `count` bytes at `offset`, the highest byte first.
    ///
    /// - Throws: as `bytes`.
    func number(_ count: Int, at offset: Int) throws(ImageError) -> Int {
        try bytes(count, at: offset).reduce(0) { $0 << 8 | Int($1) }
    }

    private var cutOff: ImageError { corrupt("it is cut off") }

    func corrupt(_ reason: String) -> ImageError { .corrupt(path: path, reason: located(reason)) }

    func unsupported(_ reason: String) -> ImageError { .unsupported(path: path, reason: located(reason)) }

    private func located(_ reason: String) -> String { place.map { "\($0): \(reason)" } ?? reason }
}
