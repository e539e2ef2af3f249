internal import HTTPServing

/// Why a worker does not start: one line, and the process's exit code.
struct StartError: Error, Equatable {
    /// Exit codes, as in `sysexits.h`.
    enum Code: Int32, Sendable {
        case usage = 64
        case badInput = 65
        case unsupportedMachine = 69
        case bug = 70
        case inputOutput = 74
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension StartError {
    /// What is wrong with the options, files and variables of the server.
    init(_ error: ServingError) {
        switch error {
        case .misused(let message): self.init(.usage, message)
        case .unreadable(let message): self.init(.inputOutput, message)
        case .unfit(let message): self.init(.badInput, message)
        }
    }
}
