internal import ArgumentParser
internal import Coordinator

/// Where a run is kept, so that it can go on after whatever ended it.
struct RunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the run in this directory: when it is ended, the same command goes on where it was.", valueName: "folder"))
    var runDir: String?

    @Flag(help: "Go on with the run in --run-dir, or begin it. That is what --run-dir does anyway.")
    var resume = false

    mutating func validate() throws {
        guard runDir != nil || !resume else { throw ValidationError("--resume: expected --run-dir, found none") }
        guard runDir != "" else { throw ValidationError("--run-dir: expected the name of a folder, found none") }
    }

    /// Whether there is a run directory.
    var isKept: Bool { runDir != nil }

    /// Opens the run's directory; nil if the run is not to be kept.
    ///
    /// - Parameters:
    ///   - parameters: everything besides the inputs that decides about jobs and their results, by the names of the options.
    ///   - inputs: paths of the files that are read.
    ///   - separateInputs: so many of them, from the first on, are worked on by themselves, each in the phase of its number.
    func open(
        command: String, parameters: [String: String], inputs: [String], separateInputs: Int? = nil
    ) throws(CoordinatorError) -> RunDirectory? {
        guard let runDir else { return nil }
        return try RunDirectory(
            path: runDir,
            manifest: try RunManifest(
                command: command, parameters: parameters, inputs: inputs, separateInputs: separateInputs))
    }
}
