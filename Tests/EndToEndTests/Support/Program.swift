import Foundation
@testable import Primitives
internal import Synchronization

/// The built programs, run as a user would.
enum Program {
    /// The folder of this test's executable, where the programs lie too.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static var coppice: URL { folder.appendingPathComponent("coppice") }
    static var worker: URL { folder.appendingPathComponent("coppice-worker") }

    /// What a program left behind.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
        let seconds: Double
    }

    /// Starts `coppice`.
    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(coppice, arguments, environment: environment)
    }

    /// Runs `coppice` to its end, without holding a thread of the tests: `whileRunning`, which may block, has one of its own.
    static func coppice(
        _ arguments: [String], environment: [String: String] = [:], whileRunning: ((Running) throws -> Void)? = nil
    ) async throws -> Outcome {
        let running = try start(arguments, environment: environment)
        if let whileRunning { try await onThread { try whileRunning(running) } }
        return await running.ended()
    }
}

/// A program that runs, with its output collected.
final class Running {
    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private let collected = Lock((output: Data(), errors: Data()))
    private let isOver = Lock(false)
    private let watchers = Lock<[Watcher]>([])
    private let readers = DispatchGroup()
    private let start = ContinuousClock.now

    /// Signals that whoever started the tests has had ignored would stay so in the programs.
    private static let heedsSignals: Void = [SIGHUP, SIGINT, SIGTERM].forEach { signal($0, SIG_DFL) }

    init(_ program: URL, _ arguments: [String], environment: [String: String] = [:]) throws {
        Self.heedsSignals
        process.executableURL = program
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("COPPICE_") }
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        collect(output.fileHandleForReading) { $0.output.append($1) }
        collect(errors.fileHandleForReading) { $0.errors.append($1) }
        // Ends with the program: whoever waits for words that never came learns so.
        Thread.detachNewThread { [self] in
            readers.wait()
            tellWatchers(isOver: true)
        }
    }

    var identifier: Int32 { process.processIdentifier }

    /// Waits for the end of the program and of its output, on this thread; see `ended` for tests.
    func wait() -> Program.Outcome {
        process.waitUntilExit()
        readers.wait()
        let (output, errors) = collected.withLock { $0 }
        return Program.Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: output, as: UTF8.self), errors: String(decoding: errors, as: UTF8.self),
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// What has been printed on stdout so far.
    var outputSoFar: String { collected.withLock { String(decoding: $0.output, as: UTF8.self) } }

    func kill(_ signal: Int32 = SIGKILL) { Foundation.kill(identifier, signal) }

    /// Has the watcher told once its text is said, or can be said no more.
    func watch(_ watcher: Watcher) {
        watchers.withLock { $0.append(watcher) }
        tellWatchers(isOver: isOver.withLock { $0 })
    }

    private func tellWatchers(isOver over: Bool) {
        if over { isOver.withLock { $0 = true } }
        let said = collected.withLock { String(decoding: $0.output + $0.errors, as: UTF8.self) }
        let told = watchers.withLock { watchers in
            let told = watchers.filter { over || said.contains($0.text) }
            watchers.removeAll { over || said.contains($0.text) }
            return told
        }
        for watcher in told { watcher.continuation.resume(returning: said.contains(watcher.text)) }
    }

    private func collect(
        _ handle: FileHandle, _ store: @escaping @Sendable (inout (output: Data, errors: Data), Data) -> Void
    ) {
        let descriptor = dup(handle.fileDescriptor)
        readers.enter()
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                collected.withLock { store(&$0, Data(buffer[0..<count])) }
                tellWatchers(isOver: false)
            }
            close(descriptor)
            readers.leave()
        }
    }
}

extension Running: @unchecked Sendable {
    // `process` is only started, waited for and asked for its identifier; the collected output is behind a lock.
}
