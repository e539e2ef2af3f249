import Foundation
internal import Jobs
internal import Primitives
internal import Protocol

/// One job of a run: how to write its document, and how to read its result.
///
/// The closures run on threads where computing is allowed, never on an actor, possibly several at once and more than once
/// for one job, and must give the same each time.
package struct DispatchJob<Output: Sendable>: Sendable {
    /// Names the job in messages, such as `scan.png: tile 3`.
    let label: String
    /// Blobs that a worker must hold to do it; the run's `BlobSource` has them.
    var blobs: [ContentHash] = []
    /// The image that it is about, if workers are to be asked whether they read it themselves.
    var locality: ImageLocality?
    /// Whether a worker that had the job before does it with less effort, such as for a window next to the one before.
    var continuesPrevious = false
    /// The job's document: canonical JSON. Made when the job is sent, dropped once the worker has it.
    ///
    /// Its argument is the name that the worker has for the image; nil if it needs the pixels, or none is asked.
    let body: @Sendable (_ name: String?) throws -> Data
    /// Decodes a result document and checks it; throwing counts against the worker that sent it, and the job goes elsewhere.
    let accept: @Sendable (Data) throws -> Output
    /// Gets, in the place of an output, the reason why there is none; nil if the run ends with a job that cannot be done.
    var failed: (@Sendable (JobFailure) async throws -> Void)?
}

extension DispatchJob {
    /// A job of any kind.
    ///
    /// - Parameters:
    ///   - adapted: the job as a worker needs it, by the name that the worker has for the image; nil if it is the same for all.
    ///   - accept: checks a result against everything that the coordinator knows, and turns it into what is delivered.
    init<Work: Job>(
        _ job: Work, label: String, locality: ImageLocality? = nil, continuesPrevious: Bool = false,
        adapted: (@Sendable (_ name: String?) throws -> Work)? = nil,
        accept: @escaping @Sendable (Work.Output) throws -> Output, failed: (@Sendable (JobFailure) async throws -> Void)? = nil
    ) {
        self.init(
            label: label, blobs: job.blobs, locality: locality, continuesPrevious: continuesPrevious,
            body: { name in try WireJSON.encode(JobEnvelope(try adapted?(name) ?? job)) },
            accept: { document in
                let output = try WireJSON.decode(Work.Output.self, from: document)
                try job.check(output)
                return try accept(output)
            }, failed: failed)
    }

    /// A job on a window of an image.
    ///
    /// - Parameter job: with the window's outline.
    init<Work: WindowJob>(
        _ job: Work, label: String, window: TileWindow, of access: ImageAccess,
        accept: @escaping @Sendable (Work.Output) throws -> Output, failed: (@Sendable (JobFailure) async throws -> Void)? = nil
    ) {
        self.init(
            job, label: label, locality: access.locality, continuesPrevious: window.continuesPrevious,
            adapted: { name in
                var job = job
                job.window = try window.document(name)
                return job
            }, accept: accept, failed: failed)
    }

    /// The same job, with another way to take its result.
    func accepting<Other: Sendable>(_ accept: @escaping @Sendable (Data) throws -> Other) -> DispatchJob<Other> {
        DispatchJob<Other>(
            label: label, blobs: blobs, locality: locality, continuesPrevious: continuesPrevious, body: body, accept: accept,
            failed: failed)
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
