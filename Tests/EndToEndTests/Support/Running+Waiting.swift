import Foundation

/// Runs what blocks on a thread of its own, so that it holds none of the few threads on which tests run.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}

extension Running {
    /// Somebody who waits for words of the program.
    struct Watcher: Sendable {
        let text: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Waits for the end of the program and of its output, without holding a thread of the tests.
    func ended() async throws -> Program.Outcome { try await onThread { self.wait() } }

    /// Comes back once the program has said `text`, on either stream; false if it ends without.
    func says(_ text: String) async -> Bool {
        await withCheckedContinuation { watch(Watcher(text: text, continuation: $0)) }
    }
}

extension Program {
    /// Starts `coppice`.
    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(coppice, arguments, environment: environment)
    }

    /// Runs `coppice` to its end, without holding a thread of the tests.
    static func finish(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
        try await start(arguments, environment: environment).ended()
    }
}

extension HandStartedWorker {
    /// Starts a worker, without holding a thread of the tests while it comes up.
    static func start(slots: Int = 1, token: String? = nil, arguments: [String] = []) async throws -> HandStartedWorker {
        try await onThread { try HandStartedWorker(slots: slots, token: token, arguments: arguments) }
    }
}
