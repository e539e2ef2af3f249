internal import Coordinator
internal import Formats
internal import HTTPTypes
internal import ImageTiles
internal import Imaging
internal import Projects

extension Refusal {
    /// The refusal of any error that a part of the product ends with.
    init(classifying error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case let error as ProjectError: self.init(error)
        case let error as TileError: self.init(error)
        case is CancellationError:
            self.init(.serviceUnavailable, "ending", "the server ends, or the request was given up", retryable: true)
        default:
            let failure = CoordinatorError(classifying: error)
            switch failure.kind {
            case .usage, .badInput: self.init(.unprocessableContent, "bad_input", failure.description)
            case .noWorker:
                self.init(.serviceUnavailable, "no_worker", failure.description, retryable: true, retryAfterSeconds: 5)
            case .inputOutput: self.init(.internalServerError, "input_output", failure.description, retryable: true)
            case .incomplete, .interrupted: self.init(.conflict, "incomplete", failure.description, retryable: true)
            case .bug: self.init(.internalServerError, "bug", failure.description)
            }
        }
    }

    private init(_ error: ProjectError) {
        switch error.kind {
        case .badOperation: self.init(.unprocessableContent, "bad_operation", error.description)
        case .notFound: self.init(.notFound, "not_found", error.description)
        case .diskFull: self.init(.insufficientStorage, "disk_full", error.description, retryable: true)
        case .inputOutput: self.init(.internalServerError, "input_output", error.description, retryable: true)
        case .locked, .otherFormat: self.init(.conflict, "project", error.description)
        }
    }

    private init(_ error: TileError) {
        switch error {
        case .image: self.init(.unprocessableContent, "bad_image", error.description)
        case .outside: self.init(.notFound, "unknown_tile", error.description)
        case .notReady:
            self.init(
                .serviceUnavailable, "levels_in_the_making", error.description, retryable: true, retryAfterSeconds: 1)
        case .changed: self.init(.gone, "image_changed", error.description)
        case .cancelled: self.init(.serviceUnavailable, "cancelled", error.description, retryable: true)
        }
    }
}

extension HTTPResponse.Status {
    /// RFC 4918: the disk is full, or cannot be written.
    static var insufficientStorage: HTTPResponse.Status { .init(code: 507, reasonPhrase: "Insufficient Storage") }
}
