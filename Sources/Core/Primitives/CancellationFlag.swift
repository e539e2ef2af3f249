internal import Dispatch
internal import struct Synchronization.Atomic

/// A flag that one thread raises, once and for good. Others poll it, wait for it, or register a handler.
///
/// Safe to use from any thread.
package final class CancellationFlag: Sendable {
    private struct Handlers {
        var actions: [Int: @Sendable () -> Void] = [:]
        var lastNumber = 0
    }

    private let raised = Atomic<Bool>(false)
    private let handlers = Lock(Handlers())

    package init() {}

    /// The flag of the work that the task at hand is part of; nil where nobody has set one.
    @TaskLocal package static var current: CancellationFlag?

    package var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// Raises the flag. What was registered with `withHandler` is called before this returns.
    package func raise() {
        let actions = handlers.withLock { handlers in
            raised.store(true, ordering: .relaxed)
            defer { handlers.actions.removeAll() }
            return handlers.actions.sorted { $0.key < $1.key }.map(\.value)
        }
        for action in actions { action() }
    }

    /// Does `body`. If the flag is raised meanwhile, or was raised before, `onRaise` is called once.
    ///
    /// - Parameter onRaise: runs on the thread that raises the flag, possibly a moment after `body` has ended, and must not take long.
    package func withHandler<Value, Failure: Error>(
        _ onRaise: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let number = handlers.withLock { handlers -> Int? in
            guard !isRaised else { return nil }
            handlers.lastNumber += 1
            handlers.actions[handlers.lastNumber] = onRaise
            return handlers.lastNumber
        }
        if number == nil { onRaise() }
        defer { if let number { handlers.withLock { $0.actions[number] = nil } } }
        return try body()
    }

    /// Waits until the flag is raised, and no longer than `time`; holds the thread meanwhile.
    package func wait(upTo time: Duration) {
        let end = DispatchSemaphore(value: 0)
        withHandler {
            end.signal()
        } _: {
            _ = end.wait(timeout: .now() + time / .seconds(1))
        }
    }
}
