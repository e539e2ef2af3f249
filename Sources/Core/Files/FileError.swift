/// Why a file could not be opened, read or written: the system's reason, for the error type of the caller's area to carry.
struct FileError: Error, Equatable {
    let path: String
    let reason: String
}

extension ImageError {
    /// The same failure as an image's.
    init(_ error: FileError) {
        self = .io(path: error.path, reason: error.reason)
    }
}
