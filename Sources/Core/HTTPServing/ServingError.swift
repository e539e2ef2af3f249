/// Why a server cannot be set up as it was told to: one line for people. Exit codes are those of the program that serves.
package enum ServingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Options that do not go together.
    case misused(String)
    /// A file that cannot be read.
    case unreadable(String)
    /// A file or a variable that is not as it should be.
    case unfit(String)

    package var description: String {
        switch self {
        case .misused(let message), .unreadable(let message), .unfit(let message): message
        }
    }
}
