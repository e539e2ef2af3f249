/// Why an image or a label map could not be read or written. `description` is one line for the user.
package enum ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be opened, read or written (the system's reason).
    case io(path: String, reason: String)
    /// The content is of no format that is read.
    case unknownFormat(path: String, expected: String, found: String)
    /// The content breaks its format, or is cut off.
    case corrupt(path: String, reason: String)
    /// The content is well formed, but beyond what is supported or allowed.
    case unsupported(path: String, reason: String)

    package var description: String {
        switch self {
        case .io(let path, let reason): "\(path): \(reason)"
        case .unknownFormat(let path, let expected, let found): "\(path): expected \(expected), found \(found)"
        case .corrupt(let path, let reason): "\(path): damaged image: \(reason)"
        case .unsupported(let path, let reason): "\(path): \(reason)"
        }
    }
}
