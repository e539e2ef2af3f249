internal import Primitives
internal import Scheduling

extension Dispatcher {
    /// Hands out no more jobs of a client, delivers what workers send within `grace`, and ends its runs as cancelled.
    ///
    /// Returns once they have ended. The client can begin no other run.
    func stop(_ client: DispatchClient, within grace: Duration) async {
        client.stop()
        isAnyoneStopping = true
        guard !runs(of: client).isEmpty else { return }
        pool?.items.yield(.endStopped(client, at: now + grace))
        endIfIdle()
        await withCheckedContinuation { continuation in
            if runs(of: client).isEmpty { continuation.resume() } else { stopWaiters.append((client, continuation)) }
        }
    }

    func runs(of client: DispatchClient) -> [RunIndex] { runs.filter { $0.value.client === client }.map(\.key).sorted() }

    /// Ends the runs of stopping clients of which no worker has a job.
    func endIfIdle() {
        guard isAnyoneStopping else { return }
        for (index, run) in runs where run.client.isStopping && !run.isOver {
            if attempts.values.allSatisfy({ $0.job.run != index || $0.isHeldBack }) { endStopped(index) }
        }
    }

    /// Ends the runs of a stopping client, whatever workers still do. Results that are here are delivered first.
    func endStopped(_ client: DispatchClient) {
        for index in runs(of: client) { endStopped(index) }
    }

    private func endStopped(_ index: RunIndex) {
        guard let run = runs[index], !run.isOver else { return }
        runs[index]?.isOver = true
        runs[index]?.error = .cancelled
        run.client.cancellation.raise()
        handle(.runCancelled(index))
        run.deliveries.finish()
        admitMore()
    }

    /// Tells those who wait for the end of stopping runs.
    func resumeStopWaiters() {
        let waiting = stopWaiters
        stopWaiters = waiting.filter { !runs(of: $0.client).isEmpty }
        for (client, continuation) in waiting where runs(of: client).isEmpty { continuation.resume() }
    }
}
