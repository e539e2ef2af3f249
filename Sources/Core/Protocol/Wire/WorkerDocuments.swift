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
