internal import Features
internal import Forest
package import Foundation
package import Primitives
package import Protocol

/// A piece of work that a worker does on its own: everything it needs is in the document or in blobs named by hash.
///
/// A new kind of job is one new type in this folder and one line in `JobRequest.kinds`.
package protocol Job: Codable, Sendable {
    associatedtype Output: Codable & Sendable

    /// The value of `kind` on the wire.
    static var kind: String { get }

    /// Blobs that must be in the worker's cache before `run`.
    var blobs: [ContentHash] { get }

    /// Bytes that the job needs for computing and for its answer: an upper estimate, by which a worker refuses a job before it is short of
    /// memory. The job itself and its blobs are not counted.
    func workspaceBytes(blobs: BlobSet) -> ByteCount

    /// Does the work. The same job gives the same output on every worker, at any time.
    ///
    /// - Throws: `JobError.invalid` when the document contradicts itself or a blob; `.cancelled` when `slot.cancellation` is raised.
    func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output

    /// Throws unless `output` has the shape and the invariants that this job asks for. Run by the coordinator on every result.
    func check(_ output: Output) throws(WireError)
}

/// A job on a window of an image, which can reach the worker in several ways.
package protocol WindowJob: Job {
    var window: WindowDocument { get set }
}

/// Why a job has no output.
package enum JobError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The job can never succeed, on any worker.
    case invalid(String)
    /// The job was cancelled.
    case cancelled

    package var description: String {
        switch self {
        case .invalid(let message): message
        case .cancelled: "cancelled"
        }
    }
}

/// A job as it comes over the wire: the document `{"kind": …, …the job's own keys}`.
package struct JobRequest: Sendable {
    /// Every kind of job that workers do.
    static let kinds: [any Job.Type] = [
        TreeJob.self, FoldJob.self, FeatureJob.self, PlaneJob.self, TileJob.self, RowJob.self, ObjectJob.self, AreaJob.self,
        ProbeJob.self,
    ]

    /// A job may come from anyone, so that a small body must not unpack to a large one.
    static let inflatedBytesMax = 1 << 28

    package let job: any Job

    /// - Throws: `WireError.invalid` for malformed JSON, an unknown kind, or a value out of range.
    /// - Complexity: O(n) in the body's size; call it where computing is allowed.
    ///
    /// - Parameter inflatedBytesMax: what its compressed arrays may unpack to, all together, if that is less than for all jobs.
    package init(body: Data, inflatedBytesMax: Int = .max) throws(WireError) {
        job = try WireJSON.decode(
            JobEnvelope.self, from: body, inflatedBytesMax: min(inflatedBytesMax, Self.inflatedBytesMax)
        ).job
    }

    /// The blobs to hold before `run`.
    package var blobs: [ContentHash] { job.blobs }

    /// Bytes that the job needs for computing and for its answer.
    package func workspaceBytes(blobs: BlobSet) -> Int { job.workspaceBytes(blobs: blobs).bytes }

    /// Does the job and returns its result document, canonical JSON.
    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> WireDocument {
        try Self.run(job, in: slot, blobs: blobs)
    }

    private static func run(_ job: some Job, in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> WireDocument {
        let output = try job.run(in: slot, blobs: blobs)
        do {
            return try WireJSON.document(output)
        } catch {
            throw .invalid("the result has no JSON form: \(error)")
        }
    }
}

/// A job with its kind in front, as one flat JSON object.
package struct JobEnvelope: Codable, Sendable {
    package let job: any Job

    package init(_ job: any Job) { self.job = job }

    private enum CodingKeys: String, CodingKey { case kind }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(String.self, forKey: .kind)
        guard let type = JobRequest.kinds.first(where: { $0.kind == kind }) else {
            let known = JobRequest.kinds.map { $0.kind }.joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "expected one of \(known), found \"\(kind.prefix(80))\"")
        }
        job = try type.init(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type(of: job).kind, forKey: .kind)
        try job.encode(to: encoder)
    }
}

/// The buffers of one slot, reused from job to job so that steady work touches no fresh memory.
///
/// One thread at a time: each slot's thread owns one.
package final class SlotWorkspace {
    let features = FeatureExtractor()
    let grower = TreeGrower()
    let prediction = PredictionWorkspace()
    var bins: [UInt8] = []
    var votes: [UInt32] = []

    /// Reads the windows that jobs name instead of sending them; nil: such jobs are refused.
    package var references: ReferenceReader?

    /// Where maps may be written instead of being sent.
    package var outputs = OutputPolicy()

    /// Raised by another thread to cancel the job that runs here.
    package var cancellation: CancellationFlag?

    package init() {}

    /// Throws once the running job has been cancelled.
    func checkCancellation() throws(JobError) {
        if cancellation?.isRaised == true { throw .cancelled }
    }

    /// Grows `bins` to at least `count` bytes. Content is not kept.
    func reserveBins(_ count: Int) {
        if bins.count < count { bins = [UInt8](repeating: 0, count: count) }
    }

    /// Grows `votes` to at least `count` sums. Content is not kept.
    func reserveVotes(_ count: Int) {
        if votes.count < count { votes = [UInt32](repeating: 0, count: count) }
    }
}
