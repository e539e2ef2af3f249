/// The answer of `GET /v1/worker`: what a worker is, and what it holds.
public struct WorkerDescription: Codable, Hashable, Sendable {
    /// One blob in the worker's cache.
    public struct HeldBlob: Codable, Hashable, Sendable {
        public var sha256: ContentHash
        /// Memory that the blob takes, in bytes.
        public var bytes: Int

        public init(sha256: ContentHash, bytes: Int) {
            self.sha256 = sha256
            self.bytes = bytes
        }
    }

    /// Version of Coppice, equal on both sides of a run.
    public var version: String
    /// Jobs computed at the same time.
    public var slots: Int
    /// Memory that the worker may use for blobs and bodies, in bytes.
    public var memory: Int
    /// Names of the instruction sets found, such as `avx2`.
    public var cpu: [String]
    public var blobs: [HeldBlob]
    /// True once the worker takes no new jobs.
    public var draining: Bool

    public init(version: String, slots: Int, memory: Int, cpu: [String], blobs: [HeldBlob], draining: Bool) {
        self.version = version
        self.slots = slots
        self.memory = memory
        self.cpu = cpu
        self.blobs = blobs
        self.draining = draining
    }
}

/// The body of a 202: the job is accepted and can be asked for under its id.
public struct AcceptedDocument: Codable, Hashable, Sendable {
    public var id: ContentHash

    public init(id: ContentHash) { self.id = id }
}

/// The body of a 424: the job needs blobs that the worker does not hold.
public struct MissingDocument: Codable, Hashable, Sendable {
    public var missing: [ContentHash]

    public init(missing: [ContentHash]) { self.missing = missing }
}
