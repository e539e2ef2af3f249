import Dispatch
import Foundation
import Primitives
internal import Synchronization

/// Runs tasks when it is told to: a test sees how far they get without waiting for them.
final class ManualExecutor: TaskExecutor {
    private let jobs = Lock<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
    }

    private func next() -> UnownedJob? {
        jobs.withLock { jobs -> UnownedJob? in jobs.isEmpty ? nil : jobs.removeFirst() }
    }

    /// Returns once every task of this executor has ended or is suspended. They run on a thread of their own, not inside of the test's
    /// task.
    func runAll() {
        let isDone = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            while let job = next() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
            isDone.signal()
        }
        isDone.wait()
    }
}
