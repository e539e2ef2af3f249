/// How a worker divides the memory that it is given, in bytes.
///
/// Half of it is for decoded blobs, three eighths for request bodies being received, decoded or computed on, an eighth for
/// answers that are kept. What a slot computes in comes on top of that and depends on the size of the tiles.
struct WorkerLimits: Sendable {
    /// Jobs computed at the same time.
    var slots: Int
    var memory: Int
    /// A job that nobody has asked about for this long is called off. Longer than the longest poll.
    var orphanAge: Duration = .seconds(150)

    /// The least memory with which work can be done.
    static let memoryMin = 16 << 20
    /// The most slots, and more threads than any machine has use for.
    static let slotsMax = 1024

    /// Decoded blobs, all together.
    var blobBytes: Int { memory / 2 }
    /// Request bodies, all together.
    var bodyBytes: Int { memory / 8 * 3 }
    /// Answers kept, all together.
    var resultBytes: Int { memory / 8 }
    /// The largest job document.
    var jobBodyBytes: Int { min(bodyBytes, 256 << 20) }
    /// The largest blob document.
    var blobBodyBytes: Int { bodyBytes }
}
