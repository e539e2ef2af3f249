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

    package var description: String { "\(path): \(reason)" }

    /// The file, as it was named.
    package var path: String {
        switch self {
        case .io(let path, _), .unknownFormat(let path, _, _), .corrupt(let path, _), .unsupported(let path, _): path
        }
    }

    /// What is wrong, for whoever names the file.
    package var reason: String {
        switch self {
        case .io(_, let reason), .unsupported(_, let reason): reason
        case .unknownFormat(_, let expected, let found): "expected \(expected), found \(found)"
        case .corrupt(_, let reason): "damaged image: \(reason)"
        }
    }
}
