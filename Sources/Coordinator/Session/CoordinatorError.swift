internal import Formats
internal import Imaging
internal import Features
internal import Protocol

/// Why a piece of work did not succeed: what kind of failure it is, and one line for people.
package struct CoordinatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller may do about a failure.
    package enum Kind: String, Codable, Sendable {
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

    package let kind: Kind
    /// What, where, expected, found, what to do.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The kind and the line of any error that work ends with.
    package init(classifying error: any Error) {
        self =
            switch error {
            case let error as CoordinatorError: error
            case ImageError.io(let path, let reason), ArrayError.io(let path, let reason):
                CoordinatorError(.inputOutput, "\(path): \(reason)")
            case let error as ImageError: CoordinatorError(.badInput, error.description)
            case let error as ArrayError: CoordinatorError(.badInput, error.description)
            case let error as LocalWorkerError: CoordinatorError(.noWorker, error.description)
            case let error as OutputError: CoordinatorError(.inputOutput, error.description)
            case let error as WireError: CoordinatorError(.badInput, error.description)
            case let error as FeatureSpecError: CoordinatorError(.usage, error.description)
            case is CancellationError: CoordinatorError(.interrupted, "interrupted")
            default: CoordinatorError(.bug, "unexpected: \(error)")
            }
    }
}
