/// Why an array file could not be read or written. `description` is one line for the user.
package enum ArrayError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be opened, read or written (the system's reason).
    case io(path: String, reason: String)
    /// The content is no NumPy array, or breaks the format, or is cut off.
    case corrupt(path: String, reason: String)
    /// The content is well formed, but of a kind that is not read.
    case unsupported(path: String, reason: String)

    package var description: String {
        switch self {
        case .io(let path, let reason): "\(path): \(reason)"
        case .corrupt(let path, let reason): "\(path): damaged NumPy array: \(reason)"
        case .unsupported(let path, let reason): "\(path): \(reason)"
        }
    }

    /// The same failure as an array's.
    init(_ error: FileError) {
        self = .io(path: error.path, reason: error.reason)
    }
}
