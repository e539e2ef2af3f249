internal import Dispatch

/// Runs tasks on threads of their own, where computing and reading files may take as long as they need: none of the pool on which requests
/// are answered.
final class WorkExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "coppice.client-work", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
