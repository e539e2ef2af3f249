/// What a worker writes into a folder that coordinators watch, so that they find it: one small JSON file a worker.
///
/// It never holds a token: whoever reads the folder learns where workers are, not how to be let in.
package struct WorkerAnnouncement: Codable, Hashable, Sendable {
    /// Always `coppice-worker`.
    package var format = Self.formatName
    /// Version of this document.
    package var version = Self.formatVersion
    /// `http(s)://host:port`, as others reach the worker.
    package var url: String
    /// Tells this process from a later one at the same URL: 1 to 64 letters, digits and hyphens.
    package var instance: String
    /// Jobs computed at the same time. For people: coordinators ask the worker itself.
    package var slots: Int

    package static let formatName = "coppice-worker"
    package static let formatVersion = 1
    /// The largest announcement that is read, in bytes.
    package static let bytesMax = 4096

    package init(url: String, instance: String, slots: Int) {
        self.url = url
        self.instance = instance
        self.slots = slots
    }

    /// The name of the file. Files whose names begin with a dot are not complete yet.
    package var fileName: String { "worker-\(instance).json" }

    /// Makes sure that it is one of these documents, of a version that is known here.
    ///
    /// - Throws: `WireError.invalid` with what was expected. The URL is the reader's to judge.
    package func check() throws(WireError) {
        guard format == Self.formatName, version == Self.formatVersion else {
            throw .invalid("expected format \(Self.formatName) of version \(Self.formatVersion)")
        }
        let isName = instance.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
        }
        guard isName, (1...64).contains(instance.utf8.count) else {
            throw .invalid("instance: expected 1 to 64 letters, digits and hyphens")
        }
    }
}
