internal import Protocol
internal import Synchronization

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
