package import NIOCore

/// Runs tasks on an event loop's thread, beside the connections of the loop.
///
/// A request that is handled where its bytes come in, and answered from there, wakes no other thread on its way. Only for work that
/// is done in microseconds: nothing else happens on the loop meanwhile.
package final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    package init(_ loop: any EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
