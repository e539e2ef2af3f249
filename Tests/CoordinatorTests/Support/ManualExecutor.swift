import Primitives
internal import Synchronization

/// Runs tasks when it is told to, on the thread that tells it: a test sees how far they get without waiting for them.
final class ManualExecutor: TaskExecutor {
    private let jobs = Lock<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let next = UnownedJob(job)
        jobs.withLock { $0.append(next) }
    }

    /// Returns once every task of this executor has ended or is suspended.
    func runAll() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
