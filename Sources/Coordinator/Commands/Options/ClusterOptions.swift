internal import ArgumentParser
internal import Coordinator
internal import Formats
internal import Foundation
internal import Logging
internal import Machine

/// Where the work is done: local workers, or workers that are already running.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Local worker processes of one slot each [one per core that the process was given].", valueName: "n"))
    var local: Int?

    @OptionGroup var roster: WorkerSourceOptions

    @Option(
        help: ArgumentHelp(
            "Share of the jobs, 0 to 1, that run twice on different workers, which must agree.", valueName: "fraction"))
    var verify = 0.0

    @Option(help: ArgumentHelp("File that holds the workers' bearer token [the environment's COPPICE_TOKEN].", valueName: "file"))
    var tokenFile: String?

    @OptionGroup var tls: TLSOptions

    @Option(help: ArgumentHelp("Write a JSON report of the run.", valueName: "file"))
    var report: String?

    @Flag(help: "Take what is noted of an input, such as planes or channels that are not used, for an error.")
    var strict = false

    @Flag(help: "Print no progress.")
    var quiet = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String = "warning"

    mutating func validate() throws { try roster.check(local: local, verify: verify, logLevel: logLevel) }

    /// Where the workers come from.
    ///
    /// - Parameter folders: those whose files local workers may read.
    func workerSource(
        sharing folders: SharedFolders, log: @escaping @Sendable (DispatchNotice) -> Void
    ) throws -> any WorkerSource {
        // Also of commands that have no use for it: a secret that nobody needs should not stay where `/proc` shows it.
        let token = try WorkerToken.read(file: tokenFile)
        return try roster.source(
            local: local, token: token, isTLSExpected: tls.isGiven, sharing: folders, logLevel: logLevel, log: log)
    }
}

extension WorkerSourceOptions {
    /// Checks what commands and servers say alike of their workers.
    func check(local: Int?, verify: Double, logLevel: String) throws(ValidationError) {
        if let local, !(1...1024).contains(local) {
            throw ValidationError("--local: expected 1 to 1024 workers, found \(local)")
        }
        let givenCount = given.count + (local == nil ? 0 : 1)
        guard givenCount <= 1 else {
            let flags = all.map(\.flag)
            throw ValidationError(
                "--local, \(flags.dropLast().joined(separator: ", ")) and \(flags.last ?? "") exclude each other: expected one, "
                    + "found \(givenCount)")
        }
        guard (0...1).contains(verify) else { throw ValidationError("--verify: expected a share from 0 to 1, found \(verify)") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level: expected trace, debug, info, notice, warning, error or critical, found \"\(logLevel)\"")
        }
    }

    /// The source that is named, or `local` workers, one for each core unless it is said.
    ///
    /// - Parameter givesUp: whether local workers that end again and again are left alone at last.
    func source(
        local: Int?, token: String?, isTLSExpected: Bool, sharing folders: SharedFolders, logLevel: String, givesUp: Bool = true,
        log: @escaping @Sendable (DispatchNotice) -> Void
    ) throws -> any WorkerSource {
        if let roster = try given.first?.source(isTLSExpected: isTLSExpected) {
            return RosterWatch(source: roster, token: token, log: log)
        }
        let count = local ?? ProcessShare.current.coreCount
        return try LocalWorkers(count: count, sharing: folders, logLevel: logLevel, givesUp: givesUp, log: log)
    }
}

/// The token for running workers.
enum WorkerToken {
    /// The file's first line, or the environment's token, which is taken out of there.
    static func read(file tokenFile: String?) throws(CoordinatorError) -> String? {
        let fromEnvironment = SecretVariable.take("COPPICE_TOKEN")
        guard let tokenFile else { return fromEnvironment }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            let reason = FileSystem.obstacle(toReading: tokenFile) ?? "cannot be read as a token file"
            throw CoordinatorError(.inputOutput, "\(tokenFile): \(reason)")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw CoordinatorError(.badInput, "\(tokenFile): expected one line of printable characters, found none")
        }
        return token
    }
}
