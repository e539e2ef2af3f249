internal import Dispatch
internal import Foundation
internal import Glibc
internal import Primitives
internal import Synchronization

/// A thread of its own that does pieces of work one after another, each with the thread's own `Context`.
///
/// Everything that takes long runs on such threads: event loops and the tasks of Swift's cooperative pool only move bytes, so that
/// a worker whose every core is computing still answers at once. To the same end the threads have a lower scheduling priority
/// than the event loops: on Linux niceness belongs to a thread, not to a process.
///
/// The thread ends when this object is released and the work already posted is done.
final class DedicatedThread<Context>: Sendable {
    typealias Work = @Sendable (_ context: inout Context) -> Void

    private let mailbox = Mailbox<Work>()

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - name: shown by debuggers and `top`; Linux keeps 15 bytes.
    ///   - niceness: 0 as everything else … 19 only what nobody else wants.
    ///   - makeContext: makes the context, on the thread.
    init(name: String, niceness: Int32, makeContext: @escaping @Sendable () -> Context) {
        let mailbox = mailbox
        let thread = Thread {
            // The calling thread is meant by 0. A refusal only costs responsiveness.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            var context = makeContext()
            while let work = mailbox.receive() { work(&context) }
        }
        thread.name = name
        thread.stackSize = Self.stackBytes
        thread.start()
    }

    deinit { mailbox.close() }

    /// Does `work` after everything posted before. Returns at once.
    func post(_ work: @escaping Work) { mailbox.post(work) }

    /// Does `work` after everything posted before and returns its value.
    func run<Value: Sendable>(_ work: @escaping @Sendable (_ context: inout Context) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            post { continuation.resume(returning: work(&$0)) }
        }
    }

    /// As much as a main thread has; only touched pages take memory.
    private static var stackBytes: Int { 8 << 20 }
}

/// A queue between threads: any number of senders, one receiver that blocks while it is empty.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct State {
        var letters: [Letter] = []
        var isClosed = false
    }

    private let state = Lock(State())
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
