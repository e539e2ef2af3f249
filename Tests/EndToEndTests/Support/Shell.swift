import Foundation

/// Commands of a shell, for what is set before a program starts: limits, ignored signals, the current folder.
enum Shell {
    /// Starts a command in the folder, with `coppice` as `$1` and `coppice-worker` as `$2`.
    static func start(_ command: String, in scratch: Scratch, environment: [String: String] = [:]) throws -> Running {
        try Running(
            URL(fileURLWithPath: "/bin/bash"),
            ["-c", "cd '\(scratch.folder.path)' && \(command)", "test", Program.coppice.path, Program.worker.path],
            environment: environment)
    }

    /// Runs a command to its end.
    static func run(
        _ command: String, in scratch: Scratch, environment: [String: String] = [:]
    ) async throws -> Program.Outcome {
        try await start(command, in: scratch, environment: environment).ended()
    }

    /// What stands before a command that must not write where only root may: root itself without that right; nothing for other users.
    static let withoutRights = geteuid() == 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search" : ""
}
