internal import Synchronization

@testable import Primitives

/// A place in a piece of work where a test can hold it up: nobody sleeps, each side waits for the other.
final class Door: Sendable {
    private struct State {
        var holdsNext = false
        var held: CheckedContinuation<Void, Never>?
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    /// Holds the next one who comes, and nobody after.
    func holdNext() { state.withLock { $0.holdsNext = true } }

    /// Waits if the door holds who comes.
    func pass() async {
        await withCheckedContinuation { continuation in
            let (free, watcher): (Bool, CheckedContinuation<Void, Never>?) = state.withLock { state in
                guard state.holdsNext else { return (true, nil) }
                state.holdsNext = false
                state.held = continuation
                defer { state.watcher = nil }
                return (false, state.watcher)
            }
            watcher?.resume()
            if free { continuation.resume() }
        }
    }

    /// Returns once somebody is held.
    func isHolding() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.held == nil { state.watcher = continuation }
                return state.held != nil
            }
            if isHeld { continuation.resume() }
        }
    }

    /// Lets go who is held.
    func release() {
        let held = state.withLock { state in
            defer { state.held = nil }
            return state.held
        }
        held?.resume()
    }
}
