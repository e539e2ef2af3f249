internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol

/// What a worker is asked to do, apart from HTTP, queues and threads: reads documents and computes results.
///
/// Tests put a controllable one in the place of `CoreWorkload`.
protocol Workload: Sendable {
    associatedtype Blob: Sendable
    associatedtype Job: Sendable

    /// Decodes and validates a blob. Runs on the intake thread.
    ///
    /// - Throws: `WireError.invalid` when the bytes are no blob.
    func blob(decoding body: Data) throws(WireError) -> SizedBlob<Blob>

    /// Decodes and validates a job. Runs on the intake thread.
    ///
    /// - Throws: `WireError.invalid` when the bytes are no job.
    func job(decoding body: Data) throws(WireError) -> ParsedJob<Job>

    /// What a job computes in and answers with, in bytes, at most.
    func workspaceBytes(of job: Job, blobs: [ContentHash: Blob]) -> Int

    /// Computes a job's result document. Runs on a slot's thread.
    ///
    /// - Throws: `JobError.invalid` when the job can succeed nowhere, `.cancelled` once `slot.cancellation` is raised.
    func result(of job: Job, blobs: [ContentHash: Blob], in slot: SlotWorkspace) throws(JobError) -> WireDocument
}

/// A decoded blob and the memory that it takes.
struct SizedBlob<Content: Sendable>: Sendable {
    var content: Content
    var byteCount: Int
}

/// A decoded job and what the worker must know of it before it runs.
struct ParsedJob<Content: Sendable>: Sendable {
    var content: Content
    /// The value of `kind`, one of a fixed set.
    var kind: String
    /// Blobs to hold while the job waits and runs.
    var blobs: [ContentHash]
}
