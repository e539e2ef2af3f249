internal import Coordinator

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

    /// The code of a failure.
    init(_ status: CoordinatorError.Kind) {
        self =
            switch status {
            case .usage: .usage
            case .badInput: .badInput
            case .noWorker: .noWorker
            case .bug: .bug
            case .inputOutput: .inputOutput
            case .incomplete: .incomplete
            case .interrupted: .interrupted
            }
    }
}
