internal import HTTPServing
internal import Foundation
internal import Jobs
internal import NIOCore
internal import Primitives
internal import Protocol
internal import Synchronization

/// What a job came to, as it is answered over and over.
enum JobOutcome: Sendable {
    /// The result document, and its hash, by which the receiver finds out whether it came as it was sent.
    case result(ByteBuffer, ContentHash)
    /// The job can succeed nowhere; the message says why.
    case invalid(String)
}

/// Does jobs: owns the table, the blobs, the slots' threads and the intake thread, and performs the table's actions.
///
/// One lock guards table and blobs together, so that a job is accepted and its blobs are pinned in one step; nothing slow happens
/// inside. Decoding runs on the intake thread, computing on the slots' threads.
final class JobEngine<Load: Workload>: Sendable {
    /// Everything that is bounded.
    struct Limits: Sendable {
        /// Jobs computed at the same time.
        var slotCount: Int
        /// Memory for decoded blobs, in bytes.
        var blobBytesMax: Int
        /// Memory for answers kept after they were given, in bytes.
        var resultBytesMax: Int
        /// Memory that jobs compute in, by their estimates, in bytes.
        var workspaceBytesMax: Int
        /// A job that nobody waits for or has asked about for this long is called off.
        var orphanAge: Duration = .seconds(150)
        /// Niceness of the slots' threads and of the intake thread.
        var niceness: Int32 = 5
    }

    /// What a job holds while it waits and runs.
    struct Ticket: Sendable {
        let job: ParsedJob<Load.Job>
        let blobs: [ContentHash: Load.Blob]
        let cancellation = CancellationFlag()
        /// Keeps the body's memory accounted for.
        let lease: BodyLease
        /// Keeps what it computes in accounted for.
        let workspace: BodyLease
        let workspaceBytes: Int
    }

    typealias Table = JobTable<Ticket, JobOutcome>
    typealias Waiting = CheckedContinuation<JobReply<JobOutcome>, Never>

    /// A request that waits for a job's answer.
    struct Waiter: Sendable {
        let continuation: Waiting
        let id: ContentHash
        /// When its wait times out, as `uptime`.
        let deadline: Duration
    }

    struct State: ~Copyable {
        var table: Table
        var blobs: BlobCache<Load.Blob>
        var epochs = NewestEpochs()
        var waiting: [WaiterID: Waiter] = [:]
        var waiterCount = 0
        /// When the waits that are over by then are ended next; nil if nobody waits.
        var sweepTime: Duration?
    }

    let limits: Limits
    let metrics = WorkerMetrics()
    /// What is lent to jobs that wait or run.
    let workspaces: BodyBudget
    let load: Load
    let state: Lock<State>
    private let slots: [DedicatedThread<SlotWorkspace>]
    let intake: DedicatedThread<Void>
    private let start = ContinuousClock.now

    init(_ load: Load, limits: Limits) {
        self.load = load
        self.limits = limits
        workspaces = BodyBudget(bytesMax: limits.workspaceBytesMax)
        state = Lock(
            State(
                table: JobTable(
                    slotCount: limits.slotCount, queueCountMax: limits.slotCount,
                    results: ResultCache(limits: .init(bytesMax: limits.resultBytesMax))),
                blobs: BlobCache(bytesMax: limits.blobBytesMax)))
        slots = (0..<limits.slotCount).map { index in
            DedicatedThread(name: "slot \(index)", niceness: limits.niceness, makeContext: SlotWorkspace.init)
        }
        intake = DedicatedThread(name: "intake", niceness: limits.niceness, makeContext: {})
    }

    /// Time since the engine was made.
    var uptime: Duration { ContinuousClock.now - start }
}

extension JobEngine {
    /// What is left to do outside the lock.
    struct Effects {
        var runs: [(slot: Int, ticket: Ticket)] = []
        var interrupts: [CancellationFlag] = []
        var replies: [(Waiting, JobReply<JobOutcome>)] = []
    }

    /// Performs, inside the lock, what concerns the state, and returns the rest.
    static func settle(_ actions: [Table.Action], _ state: inout State) -> Effects {
        var effects = Effects()
        for action in actions {
            switch action {
            case .run(let ticket, let slot): effects.runs.append((slot, ticket))
            case .interrupt(let ticket): effects.interrupts.append(ticket.cancellation)
            case .release(let ticket): state.blobs.unpin(ticket.job.blobs)
            case .reply(let waiter, let reply):
                guard let waiting = state.waiting.removeValue(forKey: waiter) else {
                    preconditionFailure("\(waiter) has had its reply")
                }
                effects.replies.append((waiting.continuation, reply))
            }
        }
        return effects
    }

    func perform(_ effects: Effects) {
        for flag in effects.interrupts { flag.raise() }
        for (slot, ticket) in effects.runs {
            slots[slot].post { [self] workspace in compute(ticket, in: slot, &workspace) }
        }
        for (continuation, reply) in effects.replies { continuation.resume(returning: reply) }
    }

    /// Runs on the slot's thread.
    private func compute(_ ticket: Ticket, in slot: Int, _ workspace: inout SlotWorkspace) {
        workspace.cancellation = ticket.cancellation
        let begin = ContinuousClock.now
        let outcome: JobOutcome?
        do {
            let answer = ByteBuffer(try load.result(of: ticket.job.content, blobs: ticket.blobs, in: workspace))
            outcome = .result(answer, answer.withUnsafeReadableBytes { ContentHash(of: $0) })
        } catch {
            switch error {
            case .invalid(let message): outcome = .invalid(message)
            case .cancelled: outcome = nil
            }
        }
        workspace.cancellation = nil
        // The buffers of a large job are not kept for small ones: idle slots together hold no more than one budget.
        if ticket.workspaceBytes > limits.workspaceBytesMax / limits.slotCount { workspace = SlotWorkspace() }
        // Whoever hears of the end finds the memory free.
        ticket.workspace.end()
        metrics.countJob(kind: ticket.job.kind, outcome: .init(outcome), seconds: (ContinuousClock.now - begin) / .seconds(1))
        perform(
            state.withLock { state in
                let actions = state.table.finish(slot: slot, with: outcome, byteCount: outcome?.byteCount ?? 0, at: uptime)
                return Self.settle(actions, &state)
            })
    }
}

extension JobOutcome {
    /// Memory that the outcome takes, in bytes.
    fileprivate var byteCount: Int {
        switch self {
        case .result(let buffer, _): buffer.readableBytes
        case .invalid(let message): message.utf8.count
        }
    }
}

extension JobEngine {
    /// How things stand, at one moment.
    struct Snapshot: Sendable {
        var isDraining: Bool
        var runningCount: Int
        var queuedCount: Int
        /// Requests that wait for a job.
        var waiterCount: Int
        /// Finished answers that nobody has got yet.
        var undeliveredCount: Int
        var resultBytes: Int
        var blobs: [WorkerDescription.HeldBlob]

        /// True while something runs or waits.
        var isBusy: Bool { runningCount + queuedCount > 0 }
    }

    var snapshot: Snapshot {
        state.withLock { state in
            state.table.expire(at: uptime)
            return Snapshot(
                isDraining: state.table.isDraining, runningCount: state.table.runningCount, queuedCount: state.table.queue.count,
                waiterCount: state.waiting.count,
                undeliveredCount: state.table.results.undeliveredCount, resultBytes: state.table.results.byteCount,
                blobs: state.blobs.held.map { .init(sha256: $0.hash, bytes: $0.byteCount) })
        }
    }

    var isDraining: Bool { state.withLock { $0.table.isDraining } }
}

extension ByteBuffer {
    /// The document in one piece, put together right here.
    init(_ document: WireDocument) {
        self = ByteBufferAllocator().buffer(capacity: document.byteCount)
        writeWithUnsafeMutableBytes(minimumWritableBytes: document.byteCount) { bytes in
            document.write(to: bytes)
            return document.byteCount
        }
    }
}
