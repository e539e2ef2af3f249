internal import Dispatch
internal import Primitives
internal import Synchronization

/// A queue between threads: any number of senders, one receiver that blocks while it is empty.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct State {
        var letters: [Letter] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts the letters, plus one once the mailbox is closed.
    private let arrivals = DispatchSemaphore(value: 0)

    /// Leaves a letter at the end of the queue.
    ///
    /// - Precondition: the mailbox is open.
    func post(_ letter: Letter) {
        state.withLock { state in
            precondition(!state.isClosed, "a letter for a closed mailbox")
            state.letters.append(letter)
        }
        arrivals.signal()
    }

    /// The first letter, as soon as there is one; nil when the mailbox is closed and empty.
    func receive() -> Letter? {
        arrivals.wait()
        return state.withLock { $0.letters.isEmpty ? nil : $0.letters.removeFirst() }
    }

    /// Lets the receiver leave after the letters that are already there.
    func close() {
        state.withLock { $0.isClosed = true }
        arrivals.signal()
    }
}
