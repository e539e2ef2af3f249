internal import Formats
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol

/// The real work: blobs and jobs as `Core` defines them.
struct CoreWorkload: Workload {
    /// What jobs may name.
    let references: ReferencePolicy
    /// Where jobs may have maps written.
    let outputs: OutputPolicy
    /// Parts of what URLs name.
    private let cache: RangeCache?
    let limits: WorkerLimits
    /// Half of the memory for blobs is for blocks of tables; more of them lie on the disk.
    private let spillCache: SpillCache

    init(
        references: ReferencePolicy = ReferencePolicy(), outputs: OutputPolicy = OutputPolicy(), cache: RangeCache? = nil,
        limits: WorkerLimits
    ) {
        self.references = references
        self.outputs = outputs
        self.cache = cache
        self.limits = limits
        spillCache = SpillCache(bytesMax: limits.blobBytes / 2)
    }

    func blob(decoding body: Data) throws(WireError) -> SizedBlob<Blob> {
        let blob = try Blob(decoding: body, inflatedBytesMax: limits.blobBytes, spillCache: spillCache)
        return SizedBlob(content: blob, byteCount: blob.byteCount)
    }

    func job(decoding body: Data) throws(WireError) -> ParsedJob<JobRequest> {
        let request = try JobRequest(body: body, inflatedBytesMax: limits.bodyBytes)
        return ParsedJob(content: request, kind: type(of: request.job).kind, blobs: request.blobs)
    }

    func workspaceBytes(of job: JobRequest, blobs: [ContentHash: Blob]) -> Int {
        job.workspaceBytes(blobs: BlobSet(blobs))
    }

    func result(
        of job: JobRequest, blobs: [ContentHash: Blob], in slot: SlotWorkspace
    ) throws(JobError) -> WireDocument {
        if slot.references == nil {
            slot.references = ReferenceReader(references, heldBytesMax: limits.workspaceBytes, cache: cache)
        }
        slot.outputs = outputs
        return try job.run(in: slot, blobs: BlobSet(blobs))
    }
}
