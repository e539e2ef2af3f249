internal import Dispatch
internal import Foundation

@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
@testable import Worker

/// Work that a test controls: a job named `gate` runs until the test opens its gate, every other job is done at once.
///
/// A job is `{"name", "gate", "blobs", "fail", "padding"}`; its result is `{"result": name}`. A blob is `{"bytes": SIZE}`.
final class GatedWorkload: Workload {
    struct Job: Codable, Sendable {
        var name: String
        var gate = false
        var blobs: [ContentHash]?
        var fail: Bool?
        /// What it computes in.
        var workspace: Int?
        /// Zero bytes after the result, to make it large.
        var padding: Int?

        /// The document and its id.
        var document: (body: Data, id: ContentHash) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            guard let body = try? encoder.encode(self) else { preconditionFailure("\(self) has no JSON form") }
            return (body, ContentHash(of: body))
        }
    }

    struct Blob: Codable, Sendable {
        var bytes: Int
    }

    /// Names of gated jobs that were called off while they ran.
    let callOffs = AsyncStream.makeStream(of: String.self)
    private let gates = Lock<[String: DispatchSemaphore]>([:])
    private let runs = Lock<[String: Int]>([:])

    func blob(decoding body: Data) throws(WireError) -> SizedBlob<Blob> {
        let blob = try WireJSON.decode(Blob.self, from: body)
        return SizedBlob(content: blob, byteCount: blob.bytes)
    }

    func job(decoding body: Data) throws(WireError) -> ParsedJob<Job> {
        let job = try WireJSON.decode(Job.self, from: body)
        return ParsedJob(content: job, kind: "gated", blobs: job.blobs ?? [])
    }

    func workspaceBytes(of job: Job, blobs: [ContentHash: Blob]) -> Int { job.workspace ?? 0 }

    func result(of job: Job, blobs: [ContentHash: Blob], in slot: SlotWorkspace) throws(JobError) -> WireDocument {
        runs.withLock { $0[job.name, default: 0] += 1 }
        if job.gate {
            let flag = slot.cancellation ?? CancellationFlag()
            flag.withHandler { [callOffs] in
                callOffs.continuation.yield(job.name)
            } _: {
                gate(job.name).wait()
            }
        }
        if slot.cancellation?.isRaised == true { throw .cancelled }
        if job.fail == true { throw .invalid("\(job.name): meant to fail") }
        return WireDocument(Data("{\"result\":\"\(job.name)\"}".utf8) + Data(count: job.padding ?? 0))
    }

    /// Lets one run of this job finish, now or when it gets there.
    func open(_ name: String) { gate(name).signal() }

    /// How often a job has been started.
    func runCount(_ name: String) -> Int { runs.withLock { $0[name] ?? 0 } }

    private func gate(_ name: String) -> DispatchSemaphore {
        gates.withLock { gates in
            let gate = gates[name] ?? DispatchSemaphore(value: 0)
            gates[name] = gate
            return gate
        }
    }
}
