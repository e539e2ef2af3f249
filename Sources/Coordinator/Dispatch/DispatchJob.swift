import Foundation
internal import Primitives

/// One job of a run: how to write its document, and how to read its result.
///
/// Both closures run on threads where computing is allowed, never on an actor, possibly several at once and more than once
/// for one job, and must give the same each time.
package struct DispatchJob<Output: Sendable>: Sendable {
    /// Names the job in messages, such as `tile 3`.
    let label: String
    /// Blobs that a worker must hold to do it; the run's `BlobSource` has them.
    let blobs: [ContentHash]
    /// The image that it is about, if workers are to be asked whether they read it themselves.
    let sight: ImageSight?
    /// Whether a worker that had the job before does it with less effort.
    let continuesPrevious: Bool
    /// The job's document: canonical JSON. Made when the job is sent, dropped once the worker has it.
    ///
    /// Its argument is the name that the worker has for the image; nil if it needs the pixels, or none is asked.
    let body: @Sendable (_ name: String?) throws -> Data
    /// Decodes a result document and checks it; throwing counts against the worker that sent it.
    let accept: @Sendable (Data) throws -> Output
    /// Gets, in the place of an output, the reason why there is none; nil if the run ends with a job that cannot be done.
    let failed: (@Sendable (JobFailure) async throws -> Void)?

    init(
        label: String, blobs: [ContentHash] = [], sight: ImageSight?, continuesPrevious: Bool = false,
        body: @escaping @Sendable (_ name: String?) throws -> Data,
        accept: @escaping @Sendable (Data) throws -> Output, failed: (@Sendable (JobFailure) async throws -> Void)? = nil
    ) {
        self.failed = failed
        self.sight = sight
        self.continuesPrevious = continuesPrevious
        self.label = label
        self.blobs = blobs
        self.body = body
        self.accept = accept
    }

    /// A job that is the same for every worker.
    init(
        label: String, blobs: [ContentHash] = [], body: @escaping @Sendable () throws -> Data,
        accept: @escaping @Sendable (Data) throws -> Output
    ) {
        self.init(label: label, blobs: blobs, sight: nil, body: { _ in try body() }, accept: accept)
    }
}

/// Where the blobs of a run come from.
package struct BlobSource: Sendable {
    /// The bytes of a blob that a job names. Runs where computing is allowed, perhaps once for each worker.
    let data: @Sendable (ContentHash) throws -> Data

    init(data: @escaping @Sendable (ContentHash) throws -> Data) { self.data = data }

    /// Blobs that are in memory.
    init(_ blobs: [ContentHash: Data] = [:]) {
        data = { hash in
            guard let data = blobs[hash] else { throw MissingBlob(hash: hash) }
            return data
        }
    }

    struct MissingBlob: Error, CustomStringConvertible {
        let hash: ContentHash
        var description: String { "a job names the blob \(hash), which the run does not have" }
    }
}
