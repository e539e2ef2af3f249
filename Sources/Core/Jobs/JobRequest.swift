package import Foundation
package import Primitives
package import Protocol

/// A job as it comes over the wire: the document `{"kind": …, …the job's own keys}`.
package struct JobRequest: Sendable {
    /// Every kind of job that workers do.
    static let kinds: [any Job.Type] = [TreeJob.self, FeatureJob.self, PlaneJob.self, TileJob.self, RowJob.self, ProbeJob.self]

    /// A job's arrays come from anywhere, so that a small body must not unpack to a large one.
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

    /// What the job computes in and answers with, in bytes.
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
