internal import Formats
internal import Imaging
internal import Features
internal import Protocol

/// Why a piece of work did not succeed: what kind of failure it is, and one line for people.
package struct CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller may do about a failure.
    package enum Status: String, Codable, Sendable {
        /// The request contradicts itself: ask for something else.
        case usage
        /// An input is not what it must be: mend it.
        case badInput
        /// There is nobody to work: start workers.
        case noWorker
        /// A mistake of ours.
        case bug
        /// The system refused to read or write.
        case inputOutput
        /// Some of the work is done; the same request goes on with the rest.
        case incomplete
        /// The work was called off.
        case interrupted
    }

    package let status: Status
    /// What, where, expected, found, what to do.
    package let description: String

    package init(_ status: Status, _ description: String) {
        self.status = status
        self.description = description
    }

    /// The kind and the line of any error that work ends with.
    package init(classifying error: any Error) {
        self =
            switch error {
            case let error as CommandError: error
            case ImageError.io(let path, let reason), ArrayError.io(let path, let reason):
                CommandError(.inputOutput, "\(path): \(reason)")
            case let error as ImageError: CommandError(.badInput, error.description)
            case let error as ArrayError: CommandError(.badInput, error.description)
            case let error as LocalWorkerError: CommandError(.noWorker, error.description)
            case let error as OutputError: CommandError(.inputOutput, error.description)
            case let error as WireError: CommandError(.badInput, error.description)
            case let error as FeatureSpecError: CommandError(.usage, error.description)
            case is CancellationError: CommandError(.interrupted, "interrupted")
            default: CommandError(.bug, "unexpected: \(error)")
            }
    }
}
