/// Why a file of ours could not be read or written: one line for the user.
struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): \(reason)" }
}
