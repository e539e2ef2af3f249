internal import DequeModule
internal import Foundation
internal import Primitives
internal import Synchronization

/// Parts of remote objects that were read, in a folder that the processes of a machine share, so that each part is read once.
///
/// Each process limits what it adds. A part appears when it is complete, under a name made of its object, version and place. Safe to use
/// from any thread.
package final class RangeCache: Sendable {
    private let folder: String
    private let byteCountMax: Int
    /// What this process has added, oldest first.
    private let added = Lock((names: Deque<(name: String, byteCount: Int)>(), byteCount: 0))

    /// - Parameters:
    ///   - folder: must exist.
    ///   - byteCountMax: of the parts that this process adds.
    package init(folder: String, byteCountMax: Int = 1 << 30) {
        self.folder = folder
        self.byteCountMax = byteCountMax
    }

    func bytes(_ url: RemoteURL, _ part: StorePart, tag: String, _ cancellation: ReadCancellation) -> [UInt8]? {
        guard let file = try? InputFile(path: path(name(url, part, tag)), followsLinks: false) else { return nil }
        file.cancellation = cancellation
        return try? file.bytes(file.byteCount)
    }

    func add(_ bytes: [UInt8], _ url: RemoteURL, _ part: StorePart, tag: String) {
        let name = name(url, part, tag)
        let temporary = path(".\(UUID().uuidString)")
        // A full disk only means that a part is read again.
        guard (try? Data(bytes).write(to: URL(fileURLWithPath: temporary))) != nil, rename(temporary, path(name)) == 0 else {
            unlink(temporary)
            return
        }
        let old = added.withLock { added in
            added.names.append((name, bytes.count))
            added.byteCount += bytes.count
            var old: [String] = []
            while added.byteCount > byteCountMax, added.names.count > 1 {
                let first = added.names.removeFirst()
                added.byteCount -= first.byteCount
                old.append(first.name)
            }
            return old
        }
        for name in old { unlink(path(name)) }
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func name(_ url: RemoteURL, _ part: StorePart, _ tag: String) -> String {
        ContentHash(of: Array("\(url.address)\n\(tag)\n\(part)".utf8)).hex
    }
}
