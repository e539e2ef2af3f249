internal import HTTPServing
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

extension JobEngine {
    /// What becomes of a submitted document.
    enum Submission: Sendable {
        /// Done before, or stopped at once.
        case known(ContentHash, JobReply<JobOutcome>)
        /// These blobs must be sent first.
        case missing([ContentHash])
        /// Slots and queue are taken.
        case full
        /// Other jobs take the memory that this one computes in.
        case noRoom
        /// The job computes in more memory than there is for all.
        case tooLarge(byteCount: Int, bytesMax: Int)
        case draining
        /// A newer coordinator of the same run has sent a request.
        case superseded
        /// Not the bytes that were sent, but bytes of this hash.
        case damaged(ContentHash)
        /// No JSON.
        case malformed(String)
        /// JSON, but no job.
        case invalid(String)
    }

    /// Takes in a job document, unless it is known already, and waits for its answer.
    ///
    /// - Parameters:
    ///   - sent: the hash of what was sent, if that is known.
    ///   - token: in whose name, if in anybody's.
    ///   - waitTimeout: how long to wait; with zero the reply tells how things stand.
    func submit(
        _ body: GatheredBody, sentAs sent: ContentHash? = nil, for token: FencingToken? = nil, waitTimeout: Duration
    ) async -> Submission {
        // A short document is read before the other thread would have begun.
        let (id, refusal) =
            body.bytes.count <= Self.shortDocumentBytesMax
            ? admit(body, sentAs: sent, for: token)
            : await intake.run { [self] _ in admit(body, sentAs: sent, for: token) }
        if let refusal { return refusal }
        return .known(id, await reply(to: id, waitTimeout: waitTimeout))
    }

    private static var shortDocumentBytesMax: Int { 1 << 12 }

    /// The job's id, and why it is not in the table. Runs on the intake thread, if the document is not short.
    private func admit(_ body: GatheredBody, sentAs sent: ContentHash?, for token: FencingToken?) -> (ContentHash, Submission?) {
        let id = ContentHash(of: body.bytes)
        if let sent, sent != id { return (id, .damaged(id)) }
        guard admit(token, about: id) else { return (id, .superseded) }
        if let refusal = state.withLock({ Self.refusal($0.table.admission(of: id, at: uptime)) }) {
            return (id, refusal.submission)
        }
        let job: ParsedJob<Load.Job>
        do {
            job = try load.job(decoding: body.bytes)
        } catch {
            metrics.countJob(kind: "unknown", outcome: .invalid)
            let isJSON =
                (try? JSONShape.check(body.bytes)) != nil
                && (try? JSONSerialization.jsonObject(with: body.bytes, options: .fragmentsAllowed)) != nil
            return (id, isJSON ? .invalid(error.description) : .malformed(error.description))
        }
        return (id, accept(id, job, body.lease, for: token))
    }

    /// Takes in a parsed job; says why not.
    private func accept(_ id: ContentHash, _ job: ParsedJob<Load.Job>, _ lease: BodyLease, for token: FencingToken?)
        -> Submission?
    {
        let (effects, refusal) = state.withLock { state -> (Effects, Submission?) in
            // Table and epochs may have changed while the document was parsed.
            if let token, state.epochs.isSuperseded(token) { return (Effects(), .superseded) }
            if let refusal = Self.refusal(state.table.admission(of: id, at: uptime)) { return (Effects(), refusal.submission) }
            let missing = state.blobs.missing(of: job.blobs)
            guard missing.isEmpty else { return (Effects(), .missing(missing)) }
            let blobs = state.blobs.pin(job.blobs)
            let workspace = workspaces.lease()
            let byteCount = load.workspaceBytes(of: job.content, blobs: blobs)
            guard workspace.grow(to: byteCount) else {
                state.blobs.unpin(job.blobs)
                let bytesMax = limits.workspaceBytesMax
                return (Effects(), byteCount > bytesMax ? .tooLarge(byteCount: byteCount, bytesMax: bytesMax) : .noRoom)
            }
            let ticket = Ticket(job: job, blobs: blobs, lease: lease, workspace: workspace, workspaceBytes: byteCount)
            return (Self.settle(state.table.accept(id, ticket, for: token, at: uptime), &state), nil)
        }
        perform(effects)
        return refusal
    }

    /// The answer of a job, as soon as there is one, or how things stand when the wait times out.
    func reply(to id: ContentHash, waitTimeout: Duration) async -> JobReply<JobOutcome> {
        guard waitTimeout > .zero else {
            return state.withLock { state in
                switch state.table.admission(of: id, at: uptime) {
                case .finished(let outcome): .finished(outcome)
                case .pending: .pending
                case .open, .full, .draining: .unknown
                }
            }
        }
        return await wait(for: id, waitTimeout: waitTimeout)
    }

    /// Forgets a job and stops it if it runs; false when it is unknown.
    func cancel(_ id: ContentHash) -> Bool {
        let effects = state.withLock { state in state.table.cancel(id).map { Self.settle($0, &state) } }
        if let effects { perform(effects) }
        return effects != nil
    }

    /// Takes no new jobs from now on, and gives back the queued ones.
    func drain() {
        perform(state.withLock { state in Self.settle(state.table.drain(), &state) })
    }

    /// Why an admission keeps a document out of the table; nil when it may come in.
    private struct Refusal {
        /// What the submitter is told; nil when the job is in the table already.
        var submission: Submission?
    }

    private static func refusal(_ admission: Table.Admission) -> Refusal? {
        switch admission {
        case .open: nil
        case .pending, .finished: Refusal(submission: nil)
        case .full: Refusal(submission: .full)
        case .draining: Refusal(submission: .draining)
        }
    }
}
