/// How a worker divides the memory that it is given, in bytes.
///
/// ```
/// 5/16 decoded blobs    5/16 request bodies, received, decoded or computed on
/// 5/16 what slots compute in, by the estimate of each job    1/16 answers that are kept
/// ```
/// A slot keeps the buffers of its last job for the next one, but no more than its share of the third part.
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
    var blobBytes: Int { memory / 16 * 5 }
    /// Request bodies, all together.
    var bodyBytes: Int { memory / 16 * 5 }
    /// What jobs that wait or run compute in, all together.
    var workspaceBytes: Int { memory / 16 * 5 }
    /// Answers kept, all together.
    var resultBytes: Int { memory / 16 }
    /// The largest job document.
    var jobBodyBytes: Int { min(bodyBytes, 256 << 20) }
    /// The largest blob document.
    var blobBodyBytes: Int { bodyBytes }
}
