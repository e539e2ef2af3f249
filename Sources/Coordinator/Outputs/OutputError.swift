/// Why a file of ours could not be written: one line for the user.
struct OutputError: Error, Equatable, Sendable, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): \(reason)" }
}
