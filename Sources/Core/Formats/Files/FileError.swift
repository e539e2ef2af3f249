internal import Imaging

/// Why a file could not be opened, read or written: the system's reason, for the error type of the caller's area to carry.
package struct FileError: Error, Equatable {
    package let path: String
    package let reason: String
}

extension ImageError {
    /// The same failure as an image's.
    package init(_ error: FileError) {
        self = .io(path: error.path, reason: error.reason)
    }
}
