internal import Foundation
internal import Imaging

/// An object behind a URL that is read in parts, like a file.
///
/// Small parts come out of blocks of 64 KiB, of which some are held; large ones are requested as they are. Not safe to share between
/// threads.
final class RemoteFile {
    let url: RemoteURL
    let byteCount: Int
    /// The version that is read: a later answer with another one is an error.
    let tag: String
    private let client: RemoteClient
    private let cancellation: ReadCancellation
    private let cache: RangeCache?
    private var blocks: RecentValues<Int, [UInt8]>

    private static let blockByteCount = 64 << 10
    private static let heldByteCountMax = 4 << 20

    /// Asks for the first block.
    ///
    /// - Throws: `ImageError`: `io` when the object cannot be read, `unsupported` for a server that does not send parts.
    init(_ url: RemoteURL, cache: RangeCache?, _ cancellation: ReadCancellation) throws(ImageError) {
        self.cancellation = cancellation
        client = RemoteClient(cancellation)
        let part = StorePart.range(offset: 0, count: Self.blockByteCount)
        guard let first = try client.get(url, part, byteCountMax: Self.blockByteCount) else {
            throw .io(path: url.text, reason: "No such object (404)")
        }
        guard first.isPart, let total = first.objectByteCount else {
            throw .unsupported(
                path: url.text, reason: "expected a server that says how large objects are, found one that does not")
        }
        self.url = url
        self.cache = cache
        byteCount = total
        tag = first.tag
        blocks = RecentValues(byteCountMax: Self.heldByteCountMax)
        if first.bytes.count == min(total, Self.blockByteCount) {
            blocks.insert(first.bytes, of: 0, byteCount: first.bytes.count)
        }
    }

    /// Fills `target` from byte `offset` on, and returns how many bytes there were before the object's end.
    ///
    /// - Throws: `ImageError.io`.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(ImageError) -> Int {
        let count = max(0, min(target.count, byteCount - offset))
        guard offset >= 0, count > 0 else { return 0 }
        if count >= Self.blockByteCount / 2 {
            target.copyBytes(from: try part(offset, count))
            return count
        }
        var done = 0
        while done < count {
            let place = offset + done
            let block = try block(place / Self.blockByteCount)
            let start = place % Self.blockByteCount
            let taken = min(count - done, block.count - start)
            UnsafeMutableRawBufferPointer(rebasing: target[done..<done + taken]).copyBytes(from: block[start..<start + taken])
            done += taken
        }
        return count
    }

    private func block(_ index: Int) throws(ImageError) -> [UInt8] {
        if let held = blocks.value(of: index) { return held }
        let offset = index * Self.blockByteCount
        let block = try part(offset, min(Self.blockByteCount, byteCount - offset))
        blocks.insert(block, of: index, byteCount: block.count)
        return block
    }

    private func part(_ offset: Int, _ count: Int) throws(ImageError) -> [UInt8] {
        let part = StorePart.range(offset: offset, count: count)
        if let known = cache?.bytes(url, part, tag: tag, cancellation), known.count == count { return known }
        guard let answer = try client.get(url, part, tag: tag, byteCountMax: count), answer.bytes.count == count,
            answer.objectByteCount ?? byteCount == byteCount
        else { throw .io(path: url.text, reason: "expected an object of \(byteCount) bytes, found that it has changed") }
        cache?.add(answer.bytes, url, part, tag: tag)
        return answer.bytes
    }
}

/// A Zarr store that is read over HTTP: each key is the path of an object below a URL. A missing object (404) is a missing value.
final class RemoteStore: ChunkStore {
    private let url: RemoteURL
    private let client: RemoteClient
    private let cancellation: ReadCancellation
    private let cache: RangeCache?
    /// The version of the store, which tells its cached parts from those of a later one.
    private let version: String

    init(_ url: RemoteURL, cache: RangeCache?, version: String = "", _ cancellation: ReadCancellation) {
        self.cancellation = cancellation
        client = RemoteClient(cancellation)
        (self.url, self.cache, self.version) = (url, cache, version)
    }

    func name(of key: StoreKey) -> String { url.appending(key.path).text }

    func read(_ key: StoreKey, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]? {
        let object = url.appending(key.path)
        switch part {
        case .range(_, let count), .last(let count): if count <= 0 { return [] }
        case .whole: break
        }
        if let known = cache?.bytes(object, part, tag: version, cancellation) { return known }
        guard let answer = try client.get(object, part, byteCountMax: byteCountMax) else { return nil }
        cache?.add(answer.bytes, object, part, tag: version)
        return answer.bytes
    }
    /// Servers do not tell what they hold.
    func list(below key: StoreKey, _ visit: ([String], Bool) -> ListingStep) throws(ImageError) -> Bool { false }
}
