/// The exit codes of the program, after `sysexits.h`.
enum ExitStatus: Int32, Sendable {
    case done = 0
    case usage = 64
    case badInput = 65
    case noWorker = 69
    case bug = 70
    case inputOutput = 74
    case incomplete = 75
    case interrupted = 130
}

/// A failure that ends the command: one line for the user, and the exit code that goes with it.
struct CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    let status: ExitStatus
    /// What, where, expected, found, what to do.
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
