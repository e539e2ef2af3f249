import Foundation

/// Runs what blocks on a thread of its own, so that it holds none of the few threads on which tests run.
///
/// What `work` captures is nobody else's until it returns: whoever calls waits for it.
func onThread<Value: Sendable, Failure: Error>(_ work: @escaping () throws(Failure) -> Value) async throws(Failure) -> Value {
    nonisolated(unsafe) let work = work
    let result = await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: Result { () throws(Failure) in try work() }) }
    }
    return try result.get()
}

extension Running {
    /// Somebody who waits for words of the program.
    struct Watcher: Sendable {
        let text: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Waits for the end of the program and of its output, without holding a thread of the tests.
    func ended() async -> Program.Outcome { await onThread { self.wait() } }

    /// Comes back once the program has said `text`, on either stream; false if it ends without.
    func says(_ text: String) async -> Bool {
        await withCheckedContinuation { watch(Watcher(text: text, continuation: $0)) }
    }
}
