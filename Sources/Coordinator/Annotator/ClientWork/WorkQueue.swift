internal import HTTPTypes
internal import Primitives
internal import Synchronization

/// Lets a few pieces of work go on at the same time; the others wait in their order.
///
/// Safe to use from any task.
final class WorkQueue: Sendable {
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var active = 0
        var next = 0
        var waiting: [Waiter] = []
        /// Numbers that were given up before they could wait.
        var abandoned: Set<Int> = []
    }

    private let state = Lock(State())
    private let activeMax: Int
    private let waitingMax: Int

    init(activeMax: Int = 2, waitingMax: Int = 32) { (self.activeMax, self.waitingMax) = (activeMax, waitingMax) }

    /// Pieces of work that go on, and those that wait.
    var counts: (active: Int, waiting: Int) { state.withLock { ($0.active, $0.waiting.count) } }

    /// Does a piece of work in its turn.
    ///
    /// - Throws: `Refusal` where too many wait; `CancellationError` when the task is cancelled before its turn; what `work` throws.
    func turn<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        guard try await enter() else { throw CancellationError() }
        defer { leave() }
        try Task.checkCancellation()
        return try await work()
    }

    /// Whether the turn has come; false if it was given up.
    private func enter() async throws(Refusal) -> Bool {
        let (number, isFull) = state.withLock { state in
            state.next += 1
            return (state.next, state.active >= activeMax && state.waiting.count >= waitingMax)
        }
        guard !isFull else {
            throw Refusal(
                .tooManyRequests, "busy", "work: expected at most \(waitingMax) pieces that wait, found as many", retryable: true,
                retryAfterSeconds: 5)
        }
        defer { state.withLock { _ = $0.abandoned.remove(number) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.abandoned.remove(number) != nil { return false }
                    guard state.active >= activeMax else {
                        state.active += 1
                        return true
                    }
                    state.waiting.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            abandon(number)
        }
    }

    private func abandon(_ number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else {
                state.abandoned.insert(number)
                return nil
            }
            return state.waiting.remove(at: place)
        }
        waiter?.continuation.resume(returning: false)
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiting.isEmpty else {
                state.active -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }
}
