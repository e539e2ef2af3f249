internal import AnnotationFormats
package import Coordinator
internal import Imaging

/// Why something could not be done with a project: what kind of failure it is, and one line for people.
package struct ProjectError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// An operation that is malformed, or that the project does not allow.
        case badOperation
        /// There is no such image, model or person.
        case notFound
        /// Another process has the project open.
        case locked
        /// The project is of a newer format.
        case otherFormat
        /// The disk is full: free some of it and try again.
        case diskFull
        /// The system refused to read or write.
        case inputOutput
    }

    package let kind: Kind
    /// What, where, expected, found, what to do.
    package let description: String

    package init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }

    /// Of an operation, with what the reader of shapes and JSON says.
    init(malformed error: ImageError) {
        // What reads files of annotations says so; this is none.
        self.init(.badOperation, String(error.reason.trimmingPrefix("damaged annotations: ")))
    }
}

extension CoordinatorError {
    /// The same for whoever ends a command with it.
    package init(_ error: ProjectError) {
        let kind: Kind =
            switch error.kind {
            case .badOperation, .otherFormat, .notFound: .badInput
            case .locked, .diskFull, .inputOutput: .inputOutput
            }
        self.init(kind, error.description)
    }
}
