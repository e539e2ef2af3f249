internal import Primitives
internal import Synchronization

/// Requests that wait for a job's answer. No wait has a timer of its own, which would cost more than a small job: one task sleeps
/// until the first of them is over.
extension JobEngine {
    /// The answer of a job, as soon as there is one, or how things stand when the wait times out or the task is cancelled.
    func wait(for id: ContentHash, waitTimeout: Duration) async -> JobReply<JobOutcome> {
        let waiter = state.withLock { state in
            state.waiterCount += 1
            return WaiterID(number: state.waiterCount)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                begin(waiter, Waiter(continuation: continuation, id: id, deadline: uptime + waitTimeout))
                // Its cancellation may have come before there was a wait to end.
                if Task.isCancelled { stop(waiter) }
            }
        } onCancel: {
            stop(waiter)
        }
    }

    private func begin(_ waiter: WaiterID, _ waiting: Waiter) {
        let (effects, sweepTime) = state.withLock { state -> (Effects, Duration?) in
            state.waiting[waiter] = waiting
            let effects = Self.settle(state.table.wait(for: waiting.id, waiter, at: uptime), &state)
            guard state.waiting[waiter] != nil, waiting.deadline < state.sweepTime ?? .seconds(Int64.max) else {
                return (effects, nil)
            }
            state.sweepTime = waiting.deadline
            return (effects, waiting.deadline)
        }
        if let sweepTime { sweep(at: sweepTime) }
        perform(effects)
    }

    /// Ends one wait, if it is still on.
    private func stop(_ waiter: WaiterID) {
        perform(state.withLock { state in Self.settle(endWait(waiter, &state), &state) })
    }

    /// Inside the lock.
    private func endWait(_ waiter: WaiterID, _ state: inout State) -> [Table.Action] {
        state.waiting[waiter].map { state.table.stopWaiting(for: $0.id, waiter, at: uptime) } ?? []
    }

    /// Ends, at `time`, the waits that are over by then, and sees to the next ones.
    private func sweep(at time: Duration) {
        let pause = time - uptime
        Task { [weak self] in
            try? await Task.sleep(for: pause)
            self?.endWaits(dueAt: time)
        }
    }

    private func endWaits(dueAt time: Duration) {
        let (effects, next) = state.withLock { state -> (Effects, Duration?) in
            // An earlier deadline has come in between: whoever sees to that one sees to all.
            guard state.sweepTime == time else { return (Effects(), nil) }
            let now = uptime
            let over = state.waiting.filter { $0.value.deadline <= now }.keys.sorted { $0.number < $1.number }
            let effects = Self.settle(over.flatMap { endWait($0, &state) }, &state)
            state.sweepTime = state.waiting.values.map(\.deadline).min()
            return (effects, state.sweepTime)
        }
        if let next { sweep(at: next) }
        perform(effects)
    }
}
