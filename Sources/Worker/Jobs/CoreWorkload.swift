internal import Core
internal import Foundation

/// The real work: blobs and jobs as `Core` defines them.
struct CoreWorkload: Workload {
    func blob(decoding body: Data) throws(WireError) -> SizedBlob<Blob> {
        let blob = try Blob(decoding: body)
        return SizedBlob(content: blob, byteCount: blob.byteCount)
    }

    func job(decoding body: Data) throws(WireError) -> ParsedJob<JobRequest> {
        let request = try JobRequest(body: body)
        return ParsedJob(content: request, kind: type(of: request.job).kind, blobs: request.blobs)
    }

    func result(
        of job: JobRequest, blobs: [ContentHash: Blob], in slot: SlotWorkspace
    ) throws(JobError) -> Data {
        try job.run(in: slot, blobs: BlobSet(blobs))
    }
}
