internal import ArgumentParser
internal import Coordinator
internal import Dispatch
internal import Features
internal import Formats
internal import Foundation
internal import Imaging
internal import Machine
internal import Primitives
internal import Protocol
internal import Synchronization

/// Runs one command to its end: parses, catches signals, prints the one-line error and exits with the right code.
enum CommandRunner {
    static func run(_ root: (some AsyncParsableCommand).Type) async -> Never {
        Console.prepare()
        var command: any ParsableCommand
        do {
            command = try root.parseAsRoot(InputPaths.arguments(CommandLine.arguments.dropFirst()))
        } catch {
            endIfAnswered(root, error)
            let message = root.message(for: error)
            Console.sayLine("coppice: \(message) (coppice --help lists the commands and their options)")
            exit(ExitStatus.usage.rawValue)
        }
        if let reason = Processor.unsupportedReason {
            Console.sayLine("coppice: \(reason)")
            exit(ExitStatus.noWorker.rawValue)
        }
        let interruption = Interruption()
        let work = Task {
            try await Interruption.$current.withValue(interruption) {
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            }
        }
        let signals = SignalWatch(onFirst: {
            // Its end is the end of `work`, which is awaited below.
            Task {
                await interruption.prepareCancellation()
                work.cancel()
            }
        })
        do {
            try await work.value
            // A signal that came too late to stop anything has interrupted nothing.
            exit(ExitStatus.done.rawValue)
        } catch {
            endIfAnswered(root, error)
            var failure = classify(error)
            if signals.wasRaised, failure.kind != .interrupted { failure = CoordinatorError(.interrupted, "interrupted") }
            Console.sayLine("coppice: \(failure.description)")
            exit(ExitStatus(failure.kind).rawValue)
        }
    }

    /// Ends the process well if `error` is the answer to --help or --version, which comes from the parser or from its help command.
    private static func endIfAnswered(_ root: (some AsyncParsableCommand).Type, _ error: any Error) {
        if root.exitCode(for: error) == .success { end { try Console.print(root.fullMessage(for: error)) } }
    }

    /// Ends the process after a last piece of work.
    private static func end(_ work: () throws -> Void) -> Never {
        do {
            try work()
            exit(ExitStatus.done.rawValue)
        } catch {
            exit(ExitStatus(classify(error).kind).rawValue)
        }
    }

    /// The kind and the line of any error that a command ends with.
    static func classify(_ error: any Error) -> CoordinatorError {
        if let error = error as? ValidationError { return CoordinatorError(.usage, error.message) }
        return CoordinatorError(classifying: error)
    }
}

/// Turns SIGINT, SIGTERM and SIGHUP into a call; the second one ends the process at once (its local workers notice and end too). Those that
/// were ignored when the process started stay so, as `nohup` and shells want it.
private final class SignalWatch {
    private let raised = Lock(false)
    private var sources: [any DispatchSourceSignal] = []

    var wasRaised: Bool { raised.withLock { $0 } }

    init(onFirst: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM, SIGHUP] where !InheritedSignals.ignored.contains(number) {
            // Until the source is there, a signal ends the process: one that was ignored first, as it must be elsewhere, could be lost.
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                let isFirst = raised.withLock { raised in
                    defer { raised = true }
                    return !raised
                }
                if isFirst { onFirst() } else { exit(ExitStatus.interrupted.rawValue) }
            }
            source.activate()
            sources.append(source)
        }
    }
}
