internal import Foundation
internal import Imaging

/// A Zarr store that is read over HTTP: each key is the path of an object below a URL. An object that is not there (404) is a value that is
/// missing.
final class RemoteStore: ChunkStore {
    private let url: RemoteURL
    private let client: RemoteClient
    private let cancellation: ReadCancellation
    private let cache: RangeCache?
    /// The version of the store, by which its parts are told from those of a later one.
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
}
