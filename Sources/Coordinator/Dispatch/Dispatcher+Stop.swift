internal import Scheduling

extension Dispatcher {
    /// Hands out no more jobs, delivers what workers send within `grace`, and ends the run as cancelled.
    ///
    /// Returns once the run has ended. No run begins after it.
    func stop(within grace: Duration) async {
        isStopping = true
        guard run != nil else { return }
        run?.works.yield(.stop(at: now + grace))
        endIfIdle()
        await withCheckedContinuation { continuation in
            if run == nil { continuation.resume() } else { stopWaiters.append(continuation) }
        }
    }

    /// Ends a stopping run once no worker has a job of it.
    func endIfIdle() {
        guard isStopping, let active = run, active.attempts.values.allSatisfy(\.isHeldBack) else { return }
        endStopped()
    }

    /// Ends a stopping run, whatever workers still do. Results that are here are delivered first.
    func endStopped() {
        guard let active = run, !active.isOver else { return }
        run?.isOver = true
        run?.error = .cancelled
        handle(.runCancelled)
        active.deliveries.finish()
        admitMore()
    }

    /// Tells those who wait for the end of a stopping run.
    func resumeStopWaiters() {
        for waiter in stopWaiters { waiter.resume() }
        stopWaiters.removeAll()
    }
}
