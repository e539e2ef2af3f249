package import Primitives

/// The answer of `GET /v1/worker`: what a worker is, and what it holds.
package struct WorkerDescription: Codable, Hashable, Sendable {
    /// One blob in the worker's cache.
    package struct HeldBlob: Codable, Hashable, Sendable {
        package var sha256: ContentHash
        /// Memory that the blob takes, in bytes.
        package var bytes: Int

        package init(sha256: ContentHash, bytes: Int) {
            self.sha256 = sha256
            self.bytes = bytes
        }
    }

    /// Version of Coppice, equal on both sides of a run.
    package var version: String
    /// Jobs computed at the same time.
    package var slots: Int
    /// Memory that the worker may use for blobs and bodies, in bytes.
    package var memory: Int
    /// Names of the instruction sets found, such as `avx2`.
    package var cpu: [String]
    package var blobs: [HeldBlob]
    /// True once the worker takes no new jobs.
    package var draining: Bool

    package init(version: String, slots: Int, memory: Int, cpu: [String], blobs: [HeldBlob], draining: Bool) {
        self.version = version
        self.slots = slots
        self.memory = memory
        self.cpu = cpu
        self.blobs = blobs
        self.draining = draining
    }
}

/// The body of a 202: the job is accepted and can be asked for under its id.
package struct AcceptedDocument: Codable, Hashable, Sendable {
    package var id: ContentHash

    package init(id: ContentHash) { self.id = id }
}

/// The body of a 424: the job needs blobs that the worker does not hold.
package struct MissingDocument: Codable, Hashable, Sendable {
    package var missing: [ContentHash]

    package init(missing: [ContentHash]) { self.missing = missing }
}

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

/// The body of every answer that is an error: `{"error": {"code", "message", "retryable"}}`.
package struct ErrorDocument: Codable, Hashable, Sendable {
    package struct Body: Codable, Hashable, Sendable {
        /// A stable word for programs, such as `not_found` or `busy`.
        package var code: String
        /// One line for people.
        package var message: String
        /// Whether the same request may succeed later or at another worker.
        package var retryable: Bool
    }

    package var error: Body

    package init(code: String, message: String, retryable: Bool) {
        error = Body(code: code, message: message, retryable: retryable)
    }
}
